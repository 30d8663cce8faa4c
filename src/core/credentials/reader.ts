import { type Millis, seconds } from '../../lib/clock.ts'
import { type FieldError, OoreError, type Trouble } from '../../lib/errors.ts'
import { type JobBounds, type JobFailure, JobThread } from '../../lib/job-thread.ts'
import type { CredentialKind } from '../../signing/credential.ts'
import { refuse } from '../../signing/refusal.ts'
import type { CredentialFields, CredentialFile, ReadCredential } from './kinds.ts'

const bounds: JobBounds = {
  // The most that is let pass takes three seconds on a fast machine (signing/pkcs12/encryption.ts).
  workMs: seconds(20),
  turnMs: seconds(30),
  idleMs: seconds(3),
  waitingMax: 50,
}
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32 }

/** A file to be read, as it is sent to the thread. */
export type ReadJob<K extends CredentialKind = CredentialKind> = {
  kind: K
  file: CredentialFile
  fields: CredentialFields[K]
  now: Millis
}
export type ReadAnswer =
  | { is: 'read'; read: ReadCredential<CredentialKind> }
  | { is: 'refused'; trouble: Trouble; message: string; fields: FieldError[] }

/** Reads files of credentials in a thread: nothing that is in them holds up the server. */
export type CredentialReader = {
  /**
   * What credentialReaders say of a file. Throws what they throw, and OoreError `unavailable` where it
   * could not have its turn.
   */
  read<K extends CredentialKind>(job: ReadJob<K>): Promise<ReadCredential<K>>
  close(): Promise<void>
}

type ReaderParts = {
  /** What the build makes of thread.ts. */
  threadFile: string
  onTrouble: (error: Error) => void
  bounds?: Partial<JobBounds>
}

/** Starts nothing yet: the thread starts at the first file, and ends when there is none for long. */
export function openCredentialReader(parts: ReaderParts): CredentialReader {
  const thread = new JobThread<ReadJob, ReadAnswer>({
    file: parts.threadFile,
    what: 'Files',
    bounds: { ...bounds, ...parts.bounds },
    resourceLimits,
    onTrouble: parts.onTrouble,
  })
  return {
    async read<K extends CredentialKind>(job: ReadJob<K>) {
      const done = await thread.perform(job as ReadJob)
      if ('failed' in done) throw refuse('file', sentences[done.failed])
      const { answer } = done
      if (answer.is === 'read') return answer.read as ReadCredential<K>
      throw new OoreError(answer.trouble, answer.message, { fields: answer.fields })
    },
    close: () => thread.close(),
  }
}

const sentences: Record<JobFailure, string> = {
  time: 'Reading this file took so long that it was given up. Export it again.',
  memory: 'Reading this file took too much memory, so it was given up. Export it again.',
  crash: 'Oore broke while reading this file. The server log has the details.',
}
