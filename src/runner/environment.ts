import { homedir, userInfo } from 'node:os'
import type { PlannedVariable } from '../pipeline/plan.ts'

export type Environment = Readonly<Record<string, string>>

/** The tag by which every process of a build is found again, so no variable may replace it. */
export const buildIdVariable = 'OORE_BUILD_ID'

/** What the machine gives to a build, where it has it. Everything else stays behind. */
const inheritedNames = [
  'PATH',
  'LANG',
  'LANGUAGE',
  'TZ',
  'ANDROID_HOME',
  'ANDROID_SDK_ROOT',
  'DEVELOPER_DIR',
  'FLUTTER_ROOT',
  'GEM_HOME',
  'JAVA_HOME',
]
const defaultPath = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'

/**
 * The machine's own few variables. Agent sockets (SSH_AUTH_SOCK) are not among them: a build
 * would be able to sign in wherever the person who started the runner can.
 */
export function machineEnvironment(): Record<string, string> {
  const { username, shell } = userInfo()
  const environment: Record<string, string> = {
    PATH: defaultPath,
    HOME: process.env['HOME'] ?? homedir(),
    USER: username,
    LOGNAME: username,
    SHELL: shell ?? '/bin/sh',
    TERM: 'xterm-256color',
    FORCE_COLOR: '1',
    CLICOLOR_FORCE: '1',
  }
  for (const [name, value] of Object.entries(process.env)) {
    const isInherited = inheritedNames.includes(name) || name.startsWith('LC_')
    if (isInherited && value !== undefined) environment[name] = value
  }
  return environment
}

/**
 * Where Oore finds its own helpers: the machine's PATH without directories that depend on where
 * one stands, for there a build could have planted a program.
 */
export const machinePath = (): string =>
  (process.env['PATH'] ?? defaultPath)
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
