import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Journal } from './journal.ts'

const nameCharsMax = 60

/** A file that a tool must read to sign, only for this account. */
export type SigningFile = { path: string; bytes: Uint8Array }

/** What of a stored name may stand in the name of a file. */
export const fileNameOf = (name: string): string =>
  name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, nameCharsMax) || 'file'

/** Makes the directory for a build's signing files, empty, written down before it is there. */
export function makeSigningDirectory(path: string, journal: Journal): void {
  journal.note({ kind: 'directory', path })
  // Steps before the checkout may have put something there.
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { mode: 0o700 })
}

/** Writes them where nothing is yet. */
export function writeSigningFiles(files: readonly SigningFile[]): void {
  for (const { path, bytes } of files) writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' })
}
