import { join } from 'node:path'
import { build } from '../../scripts/build.mjs'
import { root } from '../../scripts/lib/fresh.mjs'
import { type CredentialReader, openCredentialReader } from '../../src/core/credentials/reader.ts'
import { openReader, type PipelineReader, type ReaderParts } from '../../src/pipeline/reader.ts'

/** A reader with the thread as it is built from the sources of now. */
export async function startReader(
  bounds: ReaderParts['bounds'] = {},
): Promise<PipelineReader & { troubles: Error[] } & AsyncDisposable> {
  await build()
  const troubles: Error[] = []
  const reader = openReader({
    threadFile: join(root, 'dist/pipeline-thread.mjs'),
    onTrouble: (error) => troubles.push(error),
    bounds,
  })
  return { ...reader, troubles, [Symbol.asyncDispose]: () => reader.close() }
}

let shared: ReturnType<typeof startReader> | null = null

/** One for all services of a test process: it knows nothing of them, and ends with the process. */
export const sharedReader = (): Promise<PipelineReader> => (shared ??= startReader())

let sharedCredentials: Promise<CredentialReader> | null = null

/** The same for credentials. */
export const sharedCredentialReader = (): Promise<CredentialReader> =>
  (sharedCredentials ??= build().then(() =>
    openCredentialReader({
      threadFile: join(root, 'dist/credential-thread.mjs'),
      onTrouble: (error) => {
        throw error
      },
    }),
  ))
