import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from '../../lib/variables.ts'
import type { Claim } from '../../protocol/messages.ts'
import { isInside } from '../working-directory.ts'
import type { Workspace } from '../workspace.ts'
import { keystorePathNames } from './android.ts'

/** What must not become an artifact, because whoever has it can sign as the team does. */
export type SigningKeys = {
  /**
   * Why this path, free of links, must not be published, as half a sentence; null where it may. A key
   * that was copied or renamed is still the key.
   */
  at(path: string): string | null
}

export function signingKeysOf(
  { signing }: Claim,
  { signing: directory, clone }: Workspace,
  environment: Environment,
): SigningKeys {
  const named = keystorePathNames(signing.android).flatMap((name) => {
    const value = environment[name]
    if (value === undefined || value === '') return []
    const path = realPath(resolve(clone, value))
    return path === null ? [] : [{ name, path }]
  })
  const files = [
    ...signing.android.map(({ name, file_base64 }) => ({ name, base64: file_base64 })),
    ...(signing.ios?.certificates ?? []).map(({ name, p12_base64 }) => ({
      name,
      base64: p12_base64,
    })),
  ]
  const keys = files.map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') }))
  return {
    at(path) {
      if (isInside(path, directory)) return 'it is one of the signing files of this build'
      if (isInside(directory, path)) return 'the signing files of this build are in it'
      const found = named.find((each) => each.path === path)
      if (found !== undefined) return `$${found.name} says that it is a signing key${andThen}`
      const key = keys.find(({ bytes }) => holds(path, bytes))
      return key === undefined ? null : `it is the signing key “${key.name}”${andThen}`
    },
  }
}

const andThen = ', and whoever has that can sign as you do'

/** Is this a file of just these bytes? */
function holds(path: string, bytes: Buffer): boolean {
  try {
    const found = lstatSync(path)
    return found.isFile() && found.size === bytes.length && readFileSync(path).equals(bytes)
  } catch {
    return false
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}
