import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'

export type Ran = { code: number | null; stdout: string; stderr: string }

export type Machine = Disposable & {
  /** The home of the account, where scripts stand. */
  home: string
  at(name: string): string
  /** What a file says, empty where there is none. */
  textOf(name: string): string
  /** Runs one of bin/tools, as a script of a build does. */
  run(tool: string, args: readonly string[], variables?: Record<string, string>): Ran
}

type Parts = {
  /** Stand-ins on the PATH, by name: shell scripts. */
  programs: Record<string, string>
  directories?: readonly string[]
  files?: Record<string, string | Uint8Array>
  /** Variables of every call; `AT:` before a value is a path in the home. */
  variables?: Record<string, string>
}

/** A machine on which scripts of builds call Codemagic's commands. */
export function makeMachine({
  programs,
  directories = [],
  files = {},
  variables = {},
}: Parts): Machine {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'oore-tools-')))
  const at = (name: string) => join(home, name)
  for (const each of ['bin', 'tmp', ...directories]) mkdirSync(at(each), { recursive: true })
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(at(`bin/${name}`), text)
    chmodSync(at(`bin/${name}`), 0o755)
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content)
  const own = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value.replace(/^AT:/, `${home}/`)]),
  )
  return {
    home,
    at,
    textOf: (name) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : ''),
    run(tool, args, more = {}) {
      const program = resolve('bin/tools', tool)
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: home,
        encoding: 'utf8',
        env: {
          HOME: home,
          TMPDIR: at('tmp'),
          PATH: [at('bin'), '/usr/bin', '/bin', dirname(process.execPath)].join(delimiter),
          ...own,
          ...more,
        },
      })
      return { code: status, stdout, stderr }
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true }),
  }
}
