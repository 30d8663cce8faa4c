import { OoreError } from '../../lib/errors.ts'
import { answerJobs } from '../../lib/job-thread.ts'
import { credentialReaders } from './kinds.ts'
import type { ReadAnswer, ReadJob } from './reader.ts'

/*
 * The thread that reads credentials, an entry of its own (dist/credential-thread.mjs): a file may ask
 * for a password to be hashed millions of times, for which nobody else is held up.
 */

answerJobs(answerTo)

function answerTo({ kind, file, fields, now }: ReadJob): ReadAnswer {
  try {
    return { is: 'read', read: credentialReaders[kind](file, fields, now) }
  } catch (error) {
    if (!(error instanceof OoreError)) throw error
    const { trouble, message } = error
    return { is: 'refused', trouble, message, fields: [...error.fields] }
  }
}
