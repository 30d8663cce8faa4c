import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from '../../lib/variables.ts'
import type { Claim } from '../../protocol/messages.ts'
import { isInside } from '../working-directory.ts'
import type { Workspace } from '../workspace.ts'
import { keystorePathNames } from './android.ts'

/** What must not become an artifact, because whoever has it can sign as the team does. */
export type SigningKeys = {
  /** Why this path, free of links, must not be published, as half a sentence; null where it may. */
  at(path: string): string | null
  /** The same of a copy with this SHA-256: a key that was copied or renamed is still the key. */
  with(sha256: string): string | null
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
  const names = new Map(files.map(({ name, base64 }) => [sha256Of(base64), name]))
  return {
    at(path) {
      if (isInside(path, directory)) return 'it is one of the signing files of this build'
      if (isInside(directory, path)) return 'the signing files of this build are in it'
      const found = named.find((each) => each.path === path)
      return found === undefined
        ? null
        : `$${found.name} says that it is a signing key, and whoever has that can sign as you do`
    },
    with(sha256) {
      const name = names.get(sha256)
      return name === undefined
        ? null
        : `it is the signing key “${name}”, and whoever has that can sign as you do`
    },
  }
}

const sha256Of = (base64: string): string =>
  createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')

function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}
