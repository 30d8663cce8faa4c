import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OoreError } from '../../../lib/errors.ts'
import type { SigningFile } from '../files.ts'
import { partOf } from '../journal.ts'
import { certificateFileName, profileFileName, type AppleSigning } from './files.ts'
import type { AppleJob } from './install.ts'
import { certificateDirectory, profileDirectories } from './places.ts'

/**
 * Copies profiles and certificates to where Xcode and scripts look for them, in the home directory.
 * What is there already and the same stays and is left alone afterwards; another file of the name is
 * put aside, and comes back.
 */
export function installInHome(ios: AppleSigning, job: AppleJob): void {
  const { machine } = job
  const profiles = ios.profiles.map((profile) => ({
    name: profileFileName(profile),
    bytes: Buffer.from(profile.file_base64, 'base64'),
  }))
  const certificates = ios.certificates.map((certificate) => ({
    name: certificateFileName(certificate),
    bytes: Buffer.from(certificate.p12_base64, 'base64'),
  }))
  const places = [
    ...profileDirectories(machine).map((directory) => ({ directory, files: profiles })),
    { directory: certificateDirectory(machine), files: certificates },
  ]
  for (const { directory, files } of places) {
    if (files.length > 0) makeDirectory(directory, job)
    for (const { name, bytes } of files) putFile({ path: join(directory, name), bytes }, job)
  }
}

/** And those above it, each noted by itself, so that those that stay empty go again. */
function makeDirectory(path: string, job: AppleJob): void {
  if (existsSync(path)) return
  makeDirectory(dirname(path), job)
  job.journal.note({ kind: 'made_directory', path })
  mkdirSync(path, { mode: 0o755 })
}

function putFile({ path, bytes }: SigningFile, { journal, buildId }: AppleJob): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found !== undefined && !found.isFile()) {
    throw new OoreError('unavailable', `${path} is no file: move it away, for builds write there.`)
  }
  if (found !== undefined && readFileSync(path).equals(bytes)) return
  const before = found === undefined ? null : `${path}.oore-${buildId}`
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  journal.note({ kind: 'file', path, sha256, before })
  if (before !== null) renameSync(path, before)
  writeFileSync(partOf(path), bytes, { mode: 0o600 })
  renameSync(partOf(path), path)
}
