import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../lib/package-root.ts'
import { buildVariables, machineVariable } from '../lib/machine-variables.ts'

const defaultPath = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'

/**
 * The machine's own few variables. Agent sockets (SSH_AUTH_SOCK) are not among them: a build
 * would be able to sign in wherever the person who started the runner can.
 */
export function machineEnvironment(): Record<string, string> {
  const { username, shell } = userInfo()
  return {
    PATH: machineVariable('PATH') ?? defaultPath,
    HOME: machineVariable('HOME') ?? homedir(),
    USER: username,
    LOGNAME: username,
    SHELL: shell ?? '/bin/sh',
    TERM: 'xterm-256color',
    FORCE_COLOR: '1',
    CLICOLOR_FORCE: '1',
    ...buildVariables(),
  }
}

/**
 * Commands of Codemagic's that scripts call: they come last on the PATH of a build, so that those
 * that are installed win.
 */
export const toolsDirectory = (): string => join(packageRoot(), 'bin', 'tools')

/**
 * Where Oore finds its own helpers: the machine's PATH without directories that depend on where
 * one stands, for there a build could have planted a program.
 */
export const machinePath = (): string =>
  (machineVariable('PATH') ?? defaultPath)
    .split(':')
    .filter((directory) => directory.startsWith('/'))
    .join(':')

/** Where a build's files are, under the names its scripts know them by. */
export function placesEnvironment(places: {
  clone: string
  exports: string
  output: string
  temporary: string
  environmentFile: string
}): Record<string, string> {
  return {
    TMPDIR: places.temporary,
    CM_BUILD_DIR: places.clone,
    FCI_BUILD_DIR: places.clone,
    CM_EXPORT_DIR: places.exports,
    FCI_EXPORT_DIR: places.exports,
    CM_BUILD_OUTPUT_DIR: places.output,
    FCI_BUILD_OUTPUT_DIR: places.output,
    CM_ENV: places.environmentFile,
  }
}
