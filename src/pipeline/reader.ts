import { seconds } from '../lib/clock.ts'
import { OoreError } from '../lib/errors.ts'
import { type JobBounds, type JobFailure, JobThread } from '../lib/job-thread.ts'
import type { Job, JobAnswer, JobInput, JobName } from './jobs.ts'
import type { Pipeline, PipelineEvent, Verdict } from './pipeline.ts'
import type { Problem } from './problem.ts'

/** How long the thread may work at one file, counted from when it begins. */
const workMs = seconds(2)
/** How long a file may wait for its turn. */
const turnMs = seconds(30)
/** How many files may wait. */
const waitingMax = 200
/** An idle thread holds some 20 MiB, and starting it again takes 60 ms. */
const idleMs = seconds(3)

/** The most that a file of 128 KiB is known to need is more than 96 and less than 192 MiB. */
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 }

/** Reads what strangers wrote, in a thread: nothing that they write holds up the server. */
export type PipelineReader = {
  /**
   * What readPipeline says. A file that takes longer than two seconds, or too much memory, has
   * that for its one error. Throws OoreError `unavailable` where it could not have its turn.
   */
  read(...input: JobInput<'read'>): Promise<JobAnswer<'read'>>
  /** What convertPipeline says, within the same bounds. Throws as `read` does. */
  convert(...input: JobInput<'convert'>): Promise<JobAnswer<'convert'>>
  /**
   * What explain says of the workflows. Throws OoreError `invalid` where their patterns take longer
   * than two seconds, and `unavailable` as read does.
   */
  explain(pipeline: Pipeline, event: PipelineEvent): Promise<Verdict[]>
  /** What explainEvent says. Throws as explain does. */
  explainEvent(pipeline: Pipeline, event: PipelineEvent): Promise<Verdict[]>
  /** What decideWhens says. Throws as explain does. */
  decideWhens(...input: JobInput<'decideWhens'>): Promise<Verdict[]>
  /** Ends the thread. What waits, and what is asked later, is `unavailable`. */
  close(): Promise<void>
}

export type ReaderParts = {
  /** What the build makes of thread.ts. */
  threadFile: string
  /** Hears of what ended a thread and should not have. */
  onTrouble: (error: Error) => void
  /** Other bounds than the usual ones. */
  bounds?: Partial<JobBounds>
}

/** Starts nothing yet: the thread starts at the first file, and ends when there is none for long. */
export function openReader({ threadFile, onTrouble, bounds }: ReaderParts): PipelineReader {
  const thread = new JobThread<Job, JobAnswer<JobName>>({
    file: threadFile,
    what: 'Configurations',
    bounds: { ...{ workMs, turnMs, idleMs, waitingMax }, ...bounds },
    resourceLimits,
    onTrouble,
  })
  // The thread answers a job by what its name stands for (jobs.ts).
  const perform = <N extends JobName>(name: N, input: JobInput<N>): Promise<Done<N>> =>
    thread.perform({ name, input } as Job) as Promise<Done<N>>
  return {
    async read(...input) {
      const done = await perform('read', input)
      return 'answer' in done ? done.answer : { pipeline: null, problems: [problemOf(done.failed)] }
    },
    async convert(...input) {
      const done = await perform('convert', input)
      return 'answer' in done ? done.answer : { problems: [problemOf(done.failed)] }
    },
    async explain({ workflows }, event) {
      // Nothing else decides, and scripts and payloads may be long.
      const triggers = workflows.map(({ id, name, triggering }) => ({ id, name, triggering }))
      const bare = event.type === 'manual' ? event : { ...event, changedFiles: null, payload: null }
      const input: JobInput<'explain'> = [{ workflows: triggers }, bare]
      return answerOf(await perform('explain', input))
    },
    async explainEvent({ workflows }, event) {
      const withoutScripts = workflows.map((workflow) => ({ ...workflow, scripts: [] }))
      const input: JobInput<'explainEvent'> = [{ workflows: withoutScripts }, event]
      return answerOf(await perform('explainEvent', input))
    },
    async decideWhens({ workflows }, event, verdicts, facts) {
      const concerned = workflows.filter(({ id }) => facts.has(id))
      const withoutScripts = concerned.map((workflow) => ({ ...workflow, scripts: [] }))
      const input: JobInput<'decideWhens'> = [{ workflows: withoutScripts }, event, verdicts, facts]
      return answerOf(await perform('decideWhens', input))
    },
    close: () => thread.close(),
  }
}

type Done<N extends JobName> = { answer: JobAnswer<N> } | { failed: JobFailure }

const simpler =
  'Write it simpler: fewer aliases that name other aliases, fewer brackets in brackets, ' +
  'and long scripts in files of the repository.'

const problemOf = (failure: JobFailure): Problem => ({
  severity: 'error',
  message: sentences[failure],
  path: '',
  line: null,
  column: null,
  excerpt: null,
  // What is to be done can be told of the other two alone.
  suggestion: failure === 'crash' ? null : simpler,
  workflow: null,
})

const sentences: Record<JobFailure, string> = {
  time: `Reading this file took more than ${workMs / seconds(1)} s, so it was given up.`,
  memory: 'Reading this file took too much memory, so it was given up.',
  crash: 'Oore broke while reading this file. The server log has the details.',
}

const patternSentences: Record<JobFailure, string> = {
  time: `Trying the patterns of the workflows took more than ${workMs / seconds(1)} s, so it was given up. Write fewer or simpler ones.`,
  memory: 'Trying the patterns of the workflows took too much memory. Write fewer or simpler ones.',
  crash: 'Oore broke while trying the patterns of the workflows. The server log has the details.',
}

function answerOf(done: Done<'explain' | 'explainEvent' | 'decideWhens'>): Verdict[] {
  if ('answer' in done) return done.answer
  throw new OoreError('invalid', patternSentences[done.failed])
}
