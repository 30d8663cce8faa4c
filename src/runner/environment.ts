import { homedir, userInfo } from 'node:os'
import { buildIdVariable, buildVariables, machineVariable } from '../lib/machine-variables.ts'
import type { PlannedVariable } from '../pipeline/plan.ts'

export type Environment = Readonly<Record<string, string>>

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

/**
 * Joins variables to an environment, in order; a value may refer to every variable before it as
 * `$X` or `${X}`. A reference to nothing stays as written: it may well be half of a password.
 */
export function withVariables(
  environment: Environment,
  variables: readonly PlannedVariable[],
): Record<string, string> {
  const joined: Record<string, string> = { ...environment }
  for (const { name, value } of variables) {
    if (name !== buildIdVariable) joined[name] = expand(value, joined).text
  }
  return joined
}

/** Expands `$X` and `${X}`; `missing` names the variables that do not exist and were left alone. */
export function expand(
  text: string,
  environment: Environment,
): { text: string; missing: string[] } {
  const missing: string[] = []
  const expanded = text.replace(
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g,
    (reference, bare: string | undefined, braced: string | undefined) => {
      const name = bare ?? braced ?? ''
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined
      if (value === undefined) missing.push(name)
      return value ?? reference
    },
  )
  return { text: expanded, missing }
}
