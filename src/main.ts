import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, readConfig } from './config.ts'
import { messageOf } from './lib/errors.ts'
import { packageRoot } from './lib/package-root.ts'

/** sysexits.h, and 98 for EADDRINUSE: what a service manager may decide by. */
const exitCodes = {
  ok: 0,
  usage: 64,
  damagedDatabase: 65,
  software: 70,
  alreadyRunning: 75,
  configuration: 78,
  portTaken: 98,
} as const

const usage = `oored: the Oore server

  oored run       run in the foreground; settings come from the environment
  oored version   print the version
  oored help      print this

docs/operations.md lists the settings, signals and exit codes.
`

/** The program oored: does what the arguments say and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const [command = 'help', ...args] = argv
  try {
    process.exitCode = await commandNamed(command, args)
  } catch (error) {
    const { code, sentence } = await endOf(error)
    process.stderr.write(`oored: ${sentence}\n`)
    process.exitCode = code
  }
  // Nothing may keep a program alive whose work is done.
  process.exit()
}

async function commandNamed(command: string, args: readonly string[]): Promise<number> {
  switch (command) {
    case 'run':
      return args.length === 0 ? run() : unused(args)
    case 'runner':
      return runner(args)
    case 'version':
    case '--version':
      process.stdout.write(`${version()}\n`)
      return exitCodes.ok
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(usage)
      return exitCodes.ok
    default:
      process.stderr.write(`oored: there is no command "${command}".\n\n${usage}`)
      return exitCodes.usage
  }
}

/** Whoever says more than `oored run` means something that would not happen. */
function unused([first = '']: readonly string[]): number {
  if (first === '--help' || first === '-h') {
    process.stdout.write(usage)
    return exitCodes.ok
  }
  process.stderr.write(
    `oored: "oored run" takes no arguments, and found "${first}". Settings come from the environment.\n\n${usage}`,
  )
  return exitCodes.usage
}

async function run(): Promise<number> {
  const config = readConfig()
  const { startServer } = await import('./server.ts')
  const server = await startServer(config, {
    root: packageRoot(),
    version: version(),
    runner: [process.execPath, join(packageRoot(), 'bin/oored'), 'runner'],
  })
  const { host, port } = server.address
  process.stderr.write(
    `Oore listens on http://${host.includes(':') ? `[${host}]` : host}:${port}\n`,
  )
  if (server.setupToken) {
    // The one way in until the operator sets a token; it is good for this run only.
    process.stderr.write(`Admin token of this run: ${server.setupToken.reveal()}\n`)
  }
  await stopSignal()
  process.stderr.write('Stopping: running builds may end; a second signal stops at once.\n')
  const isForced = await Promise.race([
    server.drain().then(() => false),
    stopSignal().then(() => true),
  ])
  return isForced ? exitCodes.software : exitCodes.ok
}

const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve())
  })

async function runner(args: readonly string[]): Promise<number> {
  const { parseArgs } = await import('node:util')
  const { values } = parseArgs({
    args: [...args],
    options: {
      socket: { type: 'string' },
      'token-file': { type: 'string' },
      work: { type: 'string' },
      workspaces: { type: 'string' },
      slots: { type: 'string' },
    },
  })
  const { socket, work, workspaces, slots } = values
  const tokenFile = values['token-file']
  if (!socket || !tokenFile || !work || !workspaces || !/^[1-9]\d?$/.test(slots ?? '')) {
    process.stderr.write(
      'oored runner is started by oored run: ' +
        '--socket FILE --token-file FILE --work DIR --workspaces DIR --slots N\n',
    )
    return exitCodes.usage
  }
  const { runRunner } = await import('./runner/main.ts')
  return runRunner({ socket, tokenFile, work, workspaces, slots: Number(slots), name: 'local' })
}

/** What to say and to exit with when a command could not do its work. */
async function endOf(error: unknown): Promise<{ code: number; sentence: string }> {
  if (error instanceof ConfigError) {
    return {
      code: exitCodes.configuration,
      sentence: `these settings cannot be used:\n${error.message}`,
    }
  }
  const sentence = messageOf(error)
  const { code } = error as { code?: unknown }
  if (error instanceof Error && error.name === 'AlreadyRunning') {
    return { code: exitCodes.alreadyRunning, sentence }
  }
  if (error instanceof Error && error.name === 'DamagedDatabase') {
    return { code: exitCodes.damagedDatabase, sentence }
  }
  if (error instanceof Error && error.name === 'WrongKey') {
    return { code: exitCodes.configuration, sentence }
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND') {
    return {
      code: exitCodes.configuration,
      sentence: `${sentence}. OORE_BIND_ADDRESS must be an address of this machine and a port it may open.`,
    }
  }
  if (code === 'EADDRINUSE') {
    return {
      code: exitCodes.portTaken,
      sentence: `${sentence}. Another program listens there; set OORE_BIND_ADDRESS to a free port.`,
    }
  }
  const stack = error instanceof Error ? error.stack : undefined
  return { code: exitCodes.software, sentence: stack ?? sentence }
}

function version(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
