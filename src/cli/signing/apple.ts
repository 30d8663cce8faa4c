import type { Command } from 'commander'
import { call } from '../client.ts'
import type { Program } from '../main.ts'
import { printJson, printLine, printTable } from '../print.ts'

type Account = {
  devices: { name: string; udid: string; status: string }[]
  bundle_ids: { bundle_id: string; name: string }[]
  certificates: { name: string; kind: string; not_after: string | null; stored_as: string | null }[]
  profiles: {
    name: string
    kind: string
    state: string
    devices: number | null
    devices_missing: number | null
    expires_at: string | null
    stored_as: string | null
  }[]
}
type Stored = { name: string }
type Options = Partial<
  Record<
    'name' | 'udid' | 'kind' | 'bundleId' | 'type' | 'certificate' | 'key' | 'addDevice',
    string
  >
> & { replace?: boolean; deleteOld?: boolean }

const addressOf = (key: string, what: string): string =>
  `/signing/app-store-keys/${encodeURIComponent(key)}/${what}`

/** `oore signing apple …`: what a stored key of App Store Connect reaches. */
export function addAppleCommands({
  command: signing,
  connection,
}: Pick<Program, 'connection'> & { command: Command }): void {
  const apple = signing
    .command('apple')
    .description('devices, certificates and profiles at Apple, by a stored key; nothing is revoked')

  apple
    .command('list <key>')
    .description('what the team has, and what of it is stored here')
    .option('--json', 'print JSON')
    .action(async (key: string, { json }: { json?: boolean }) => {
      const account = await call<Account>(connection(), 'GET', addressOf(key, 'apple'))
      if (json) return printJson(account)
      printTable(
        ['profile', 'kind', 'state', 'devices', 'until', 'stored as'],
        account.profiles.map((each) => [
          each.name,
          each.kind,
          each.state,
          devicesOf(each),
          each.expires_at?.slice(0, 10) ?? '',
          each.stored_as ?? '',
        ]),
      )
      printTable(
        ['certificate', 'kind', 'until', 'stored as'],
        account.certificates.map((each) => [
          each.name,
          each.kind,
          each.not_after?.slice(0, 10) ?? '',
          each.stored_as ?? '',
        ]),
      )
      printTable(
        ['app id', 'name'],
        account.bundle_ids.map((each) => [each.bundle_id, each.name]),
      )
      printTable(
        ['device', 'udid', 'state'],
        account.devices.map(({ name, udid, status }) => [name, udid, status]),
      )
    })

  apple
    .command('register-device <key>')
    .description('register a device with the team')
    .requiredOption('--name <name>')
    .requiredOption('--udid <udid>')
    .action(async (key: string, { name, udid }: Options) => {
      const body = { name, udid }
      const device = await call<Stored>(connection(), 'POST', addressOf(key, 'devices'), { body })
      printLine(`"${device.name}" is registered at Apple.`)
    })

  apple
    .command('register-app-id <key>')
    .description('register an app id with the team: what profiles are made for')
    .requiredOption('--bundle-id <id>')
    .option('--name <name>', 'what Apple is to call it')
    .action(async (key: string, { bundleId, name }: Options) => {
      const body = { bundle_id: bundleId, name }
      const app = await call<{ bundle_id: string }>(
        connection(),
        'POST',
        addressOf(key, 'bundle-ids'),
        { body },
      )
      printLine(`${app.bundle_id} is registered at Apple.`)
    })

  apple
    .command('create-cert <key>')
    .description('have a certificate issued for a key that is made by Oore, and store both')
    .option('--kind <kind>', 'distribution or development', 'distribution')
    .option('--name <name>', 'what configurations are to call it')
    .option('--replace', 'put it in the place of the one with this name')
    .action(async (key: string, { kind, name, replace }: Options) => {
      const body = { kind, name, replace }
      const made = await call<Stored>(connection(), 'POST', addressOf(key, 'certificates'), {
        body,
      })
      printLine(`Apple has issued it. It is stored as "${made.name}".`)
    })

  apple
    .command('create-profile <key>')
    .description('have a profile made, and store it')
    .requiredOption('--bundle-id <id>')
    .option('--type <type>', 'app_store, ad_hoc, development or enterprise', 'app_store')
    .option('--name <name>', 'what configurations are to call it')
    .option('--device <udid...>', 'for ad hoc and development; else every one that is enabled')
    .option('--certificate <name>', 'a stored certificate; else the one good for longest')
    .option('--replace', 'put it in the place of the one with this name')
    .action(async (key: string, options: Options & { device?: string[] }) => {
      const { bundleId, type, name, certificate, replace, device: devices } = options
      const body = { bundle_id: bundleId, kind: type, name, certificate, devices, replace }
      const made = await call<Stored>(connection(), 'POST', addressOf(key, 'profiles'), { body })
      printLine(`Apple has made it. It is stored as "${made.name}".`)
    })

  apple
    .command('store-profile <key> <profile>')
    .description('store a profile that is at Apple already, by its name there or its UUID')
    .option('--name <name>', 'what configurations are to call it; else as Apple does')
    .option('--replace', 'put it in the place of the one with this name')
    .action(async (key: string, profile: string, { name, replace }: Options) => {
      const path = addressOf(key, `profiles/${encodeURIComponent(profile)}/store`)
      const stored = await call<Stored>(connection(), 'POST', path, { body: { name, replace } })
      printLine(`It is stored as "${stored.name}".`)
    })

  apple
    .command('renew-profile <name>')
    .description('have a stored profile made anew, with the devices there are now')
    .option('--key <key>', 'by this stored key; else the one it was had by, or the only one')
    .option('--certificate <name>', 'a stored certificate; else those of before')
    .option('--add-device <udid>', 'with the devices of before, and this one')
    .option('--delete-old', 'delete the one before at Apple, where Oore had it made')
    .action(async (name: string, { key, certificate, addDevice, deleteOld }: Options) => {
      const path = `/signing/profiles/${encodeURIComponent(name)}/renew`
      const body = { key, certificate, add_device: addDevice, deletes_old: deleteOld }
      const made = await call<Stored>(connection(), 'POST', path, { body })
      printLine(`"${made.name}" was made anew.`)
    })
}

function devicesOf({ devices, devices_missing: missing }: Account['profiles'][number]): string {
  if (devices === null) return ''
  return missing ? `${devices}, without ${missing}` : String(devices)
}
