import { type Command, InvalidArgumentError } from 'commander'
import { allOf, call, type Connection } from '../client.ts'
import { CallFailed, exitCodes } from '../exit.ts'
import type { Program } from '../main.ts'
import { printFields, printJson, printLine, printTable } from '../print.ts'

type Device = {
  id: string
  name: string
  udid: string
  product: string | null
  os_version: string | null
}

/** `oore signing devices …`. */
export function addDeviceCommands({
  command: signing,
  connection,
}: Pick<Program, 'connection'> & { command: Command }): void {
  const devices = signing
    .command('devices')
    .description('devices that test builds may be installed on')

  devices
    .command('list')
    .description('all that are known, the newest first')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const found = await allOf<Device>(connection(), '/signing/devices')
      if (json) return printJson(found)
      printTable(
        ['name', 'udid', 'product', 'version'],
        found.map((each) => [each.name, each.udid, each.product ?? '', each.os_version ?? '']),
      )
    })

  devices
    .command('add <udid>')
    .description('add one by its UDID')
    .requiredOption('--name <name>')
    .action(async (udid: string, { name }: { name: string }) => {
      const body = { udid, name }
      const device = await call<Device>(connection(), 'POST', '/signing/devices', { body })
      printLine(`"${device.name}" is known now.`)
    })

  devices
    .command('remove <udid>')
    .description('forget one; at Apple it stays')
    .action(async (udid: string) => {
      const server = connection()
      const found = await deviceBy(server, udid)
      await call(server, 'DELETE', `/signing/devices/${found.id}`)
      printLine(`Forgot "${found.name}".`)
    })

  devices
    .command('register <udid>')
    .description('register one that is known here with a team at Apple')
    .requiredOption('--key <key>', 'a stored key of App Store Connect')
    .action(async (udid: string, { key }: { key: string }) => {
      const server = connection()
      const { id, name } = await deviceBy(server, udid)
      await call(server, 'POST', `/signing/devices/${id}/register`, { body: { key } })
      printLine(`"${name}" is registered at Apple.`)
    })

  devices
    .command('link <name>')
    .description('make a link by which phones tell their UDID; it is shown once')
    .option('--uses <n>', 'for how many devices', devicesIn, 20)
    .action(async (name: string, { uses }: { uses: number }) => {
      const body = { name, uses }
      const made = await call<{ url: string; uses_left: number; expires_at: string }>(
        connection(),
        'POST',
        '/signing/device-links',
        { body },
      )
      printFields({ Link: made.url, Devices: made.uses_left, 'Good until': made.expires_at })
    })
}

function devicesIn(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Write a number of devices, as 20.')
}

async function deviceBy(server: Connection, udid: string): Promise<Device> {
  const known = await allOf<Device>(server, '/signing/devices')
  const found = known.find((each) => each.udid.toLowerCase() === udid.toLowerCase())
  if (found !== undefined) return found
  throw new CallFailed(`No device ${udid} is known.`, exitCodes.notFound)
}
