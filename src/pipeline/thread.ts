import { answerJobs } from '../lib/job-thread.ts'
import { perform } from './jobs.ts'

/*
 * The thread that reads configurations, an entry of its own (dist/pipeline-thread.mjs). What throws
 * ends it: lib/job-thread.ts sees that and starts another.
 */

answerJobs(perform)
