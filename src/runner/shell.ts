import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { machinePath } from './environment.ts'

/** How to run a script file: the program, and what stands before the file's path. */
export type Interpreter =
  | { is: 'found'; file: string | null; args: readonly string[]; warning: string | null }
  | { is: 'missing'; why: string }

/**
 * The interpreter of a script. A first line `#!…` is honoured (`file` null: the script file is
 * itself executed). Every other script is run by `sh` as it is on a Mac: bash in POSIX mode, with
 * an `echo` that knows `\n`, without -e and without pipefail. So is one whose first line asks for
 * `sh`, with the options that stand there: the `sh` of this machine may be another, such as dash.
 */
export function interpreterOf(script: string): Interpreter {
  const shebang = shebangOf(script)
  if (shebang === null) return shell
  const options = optionsOfSh(shebang)
  if (options !== null) return shellWith(options)
  const [program = ''] = shebang.split(/[ \t]+/)
  if (isExecutable(program)) return { is: 'found', file: null, args: [], warning: null }
  const why =
    program === ''
      ? 'its first line is “#!” without a program; write one such as “#!/bin/bash”'
      : `its first line asks for ${program}, which is not a program on this machine; ` +
        'install it, or name another'
  return { is: 'missing', why }
}

/** The script as it is written to its file: blanks at the end of a `#!` line would be obeyed. */
export function scriptText(script: string): string {
  return script.startsWith('#!') ? script.replace(/[ \t\r]+(?=\n|$)/, '') : script
}

function shebangOf(script: string): string | null {
  if (!script.startsWith('#!')) return null
  const [firstLine = ''] = script.split('\n', 1)
  return firstLine.slice(2).trim()
}

/** What follows `sh` in `/bin/sh -ex` and the like; null where another program is asked for. */
function optionsOfSh(shebang: string): string | null {
  const asked = /^(?:\/bin\/|\/usr\/bin\/|\/usr\/bin\/env[ \t]+)sh(?:[ \t]+(.*))?$/.exec(shebang)
  return asked === null ? null : (asked[1] ?? '')
}

/** The system hands all that follows the program to it as one argument. */
const shellWith = (options: string): Interpreter =>
  options === '' ? shell : { ...shell, args: [...shell.args, options] }

const shell = findShell()

function findShell(): Extract<Interpreter, { is: 'found' }> {
  for (const directory of machinePath().split(':')) {
    const file = join(directory, 'bash')
    if (directory.startsWith('/') && isExecutable(file)) {
      return { is: 'found', file, args: ['--posix', '-O', 'xpg_echo'], warning: null }
    }
  }
  return {
    is: 'found',
    file: '/bin/sh',
    args: [],
    warning: 'This machine has no bash, so the script runs in its /bin/sh, which knows less.',
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return file.startsWith('/')
  } catch {
    return false
  }
}
