import { join } from 'node:path'
import type { ClaimKeystore } from '../../protocol/messages.ts'
import { fileNameOf, type SigningFile } from './files.ts'

/**
 * The variables of a keystore that was given none of its own: Codemagic's, their names until 2022,
 * and those of Oore's first version.
 */
const defaultNames = {
  path: ['CM_KEYSTORE_PATH', 'FCI_KEYSTORE_PATH', 'KEYSTORE_PATH'],
  storePassword: ['CM_KEYSTORE_PASSWORD', 'FCI_KEYSTORE_PASSWORD', 'KEYSTORE_PASSWORD'],
  keyAlias: ['CM_KEY_ALIAS', 'FCI_KEY_ALIAS', 'KEY_ALIAS'],
  keyPassword: ['CM_KEY_PASSWORD', 'FCI_KEY_PASSWORD', 'KEY_PASSWORD'],
} as const

/** The variables that may hold the path of a keystore, whoever has set them. */
export const keystorePathNames = (keystores: readonly ClaimKeystore[]): string[] => [
  ...defaultNames.path,
  ...keystores.flatMap(({ variables }) => variables.path ?? []),
]

export type AndroidSigningFiles = {
  files: SigningFile[]
  variables: Record<string, string>
  said: string[]
}

/**
 * The files of the keystores, to lie in `directory`, and the variables that steps find them by. The
 * usual names go to one keystore alone, so that a path never meets another's password: to the first
 * without any name of its own, else to the first that lacks one.
 */
export function keystoreFiles(
  keystores: readonly ClaimKeystore[],
  directory: string,
): AndroidSigningFiles {
  const usual =
    keystores.find(({ variables }) => namesIn(variables).length === 0) ??
    keystores.find(({ variables }) => namesIn(variables).length < partsCount)
  const variables: Record<string, string> = {}
  const said: string[] = []
  const files = keystores.map((keystore, index) => {
    const ending = keystore.format === 'jks' ? 'jks' : 'p12'
    const path = join(directory, `keystore-${index + 1}-${fileNameOf(keystore.name)}.${ending}`)
    const values: Values = {
      path,
      storePassword: keystore.store_password,
      keyAlias: keystore.alias,
      keyPassword: keystore.key_password,
    }
    for (const part of parts) {
      const own = keystore.variables[part]
      const names = own !== null ? [own] : keystore === usual ? defaultNames[part] : []
      for (const name of names) variables[name] = values[part]
    }
    said.push(sentenceFor(keystore, keystore === usual))
    return { path, bytes: Buffer.from(keystore.file_base64, 'base64') }
  })
  return { files, variables, said }
}

type Part = keyof typeof defaultNames
type Values = Record<Part, string>

const parts: readonly Part[] = ['path', 'storePassword', 'keyAlias', 'keyPassword']
const partsCount = parts.length

const namesIn = (variables: ClaimKeystore['variables']): string[] =>
  parts.flatMap((part) => variables[part] ?? [])

function sentenceFor({ name, alias, variables }: ClaimKeystore, isUsual: boolean): string {
  const path = variables.path ?? (isUsual ? defaultNames.path[0] : null)
  const what = `The keystore “${name}” with the key “${alias}” is there`
  return path === null
    ? `${what}, and no variable holds its path: only one keystore can have the usual names. Give ` +
        'this one its own, with keystore_environment_variable and its like under android_signing.'
    : `${what}: $${path}.`
}
