import { durationText } from '../lib/sizes.ts'
import { call } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import type { Program } from './main.ts'
import { printFields, printJson } from './print.ts'

type Health = {
  status: string
  version: string
  uptime_seconds: number
  database: string
  workers: { active: number; capacity: number; queued: number }
}

/** `oore health` and `oore version`. */
export function addServerCommands({ command, connection }: Program): void {
  command
    .command('health')
    .description('how the server is')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const health = await call<Health>(connection(), 'GET', '/health')
      if (json) printJson(health)
      else {
        const { active, capacity, queued } = health.workers
        printFields({
          Status: health.status,
          Version: health.version,
          Uptime: durationText(health.uptime_seconds * 1000),
          Database: health.database,
          Workers: `${active} of ${capacity} busy, ${queued} waiting`,
        })
      }
      if (health.status !== 'healthy') throw new CallFailed('The server is unhealthy.', 1)
    })

  command
    .command('version')
    .description('the versions of server and API')
    .action(async () => {
      const { version, api_version } = await call<{ version: string; api_version: number }>(
        connection(),
        'GET',
        '/version',
      )
      printFields({ Server: version, API: api_version })
      if (api_version !== apiVersion) {
        throw new CallFailed(
          `This oore speaks version ${apiVersion} of the API. Install the one of the server.`,
          exitCodes.failure,
        )
      }
    })
}

const apiVersion = 1
