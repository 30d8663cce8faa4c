import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { certificateDirectory } from '../../runner/signing/ios/places.ts'
import type { SigningMachine } from '../../runner/signing/machine.ts'
import { makeP12 } from '../../signing/apple/p12.ts'
import type { AppleCertificate } from '../../signing/connect/resources.ts'
import { note } from '../journal.ts'
import { log, valueOf } from '../values.ts'

export type P12Options = { p12Password?: string; p12Path?: string; certificatesDir?: string }

/** Saves a file that is removed after the build. */
export function saveFile(path: string, bytes: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return log(`${path} is there already.`)
  mkdirSync(dirname(path), { recursive: true })
  // Noted before it is written, so that nothing lies about after the build.
  note({ kind: 'file', path })
  writeFileSync(path, bytes, { mode: 0o600 })
  log(`Saved ${path}.`)
}

/** Saves a certificate with its key where `keychain add-certificates` finds it. */
export function saveCertificate(
  machine: SigningMachine,
  { at, key, options }: { at: AppleCertificate; key: string; options: P12Options },
): void {
  const { p12Password, p12Path, certificatesDir } = options
  const password = p12Password === undefined ? '' : valueOf(p12Password)
  const directory = certificatesDir ?? certificateDirectory(machine)
  // A name of its own, so that no file of somebody's is written over.
  const name = `${at.certificateType}_${at.id}_${randomBytes(4).toString('hex')}.p12`
  const path = resolve(p12Path === undefined ? join(directory, name) : valueOf(p12Path))
  saveFile(path, makeP12(key, derOf(at), password))
}

/** The certificate itself; empty where Apple has not told it. */
export const derOf = ({ certificateContent }: AppleCertificate): Buffer =>
  Buffer.from(certificateContent ?? '', 'base64')
