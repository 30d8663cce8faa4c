import { constants } from 'node:fs'
import { copyFile, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import type { FoundArtifact } from '../reporter.ts'

/**
 * Puts the artifacts of a build into a directory of the person's own: a file of the same name is
 * replaced, every other one there stays. Gives a sentence where one could not be written, else null.
 */
export async function putArtifacts(
  artifacts: readonly FoundArtifact[],
  directory: string,
): Promise<string | null> {
  if (artifacts.length === 0) return null
  try {
    await mkdir(directory, { recursive: true })
    for (const { file, name, index } of artifacts) {
      await put(file, join(directory, name), join(directory, `.oore-${index}.part`))
    }
    return null
  } catch (error) {
    return `The artifacts could not be put into ${directory}: ${messageOf(error)}.`
  }
}

/** Whole or not at all: half an app under the right name would be installed by somebody. */
async function put(from: string, to: string, part: string): Promise<void> {
  try {
    await rm(part, { force: true })
    await copyFile(from, part, constants.COPYFILE_EXCL)
    await rename(part, to)
  } finally {
    await rm(part, { force: true })
  }
}
