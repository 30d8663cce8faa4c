import { parentPort } from 'node:worker_threads'
import { type Job, perform } from './jobs.ts'

/*
 * The thread that reads configurations, an entry of its own (dist/pipeline-thread.mjs). It says
 * that it is ready, and then answers each job. What throws ends it: reader.ts sees that and starts
 * another.
 */

parentPort?.on('message', (job: Job) => {
  parentPort?.postMessage({ answer: perform(job) })
})
parentPort?.postMessage('ready')
