import { Worker } from 'node:worker_threads'
import { type Millis, seconds } from '../lib/clock.ts'
import { messageOf, OoreError } from '../lib/errors.ts'
import type { Job, JobAnswer, JobInput, JobName } from './jobs.ts'
import type { Pipeline, PipelineEvent, Verdict } from './pipeline.ts'
import type { Problem } from './problem.ts'

/** How long the thread may work at one file, counted from when it begins. */
const workMs = seconds(2)
/** How long a file may wait for its turn. */
const turnMs = seconds(30)
/** How many files may wait. */
const waitingMax = 200
/** Half a second would do on a busy machine. */
const startMs = seconds(10)
/** An idle thread holds some 20 MiB, and starting it again takes 60 ms. */
const idleMs = seconds(3)

/** The most that a file of 128 KiB is known to need is more than 96 and less than 192 MiB. */
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 }

const retryAfterSeconds = 10

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
  bounds?: Partial<Bounds>
}

type Bounds = { workMs: Millis; turnMs: Millis; idleMs: Millis; waitingMax: number }

/** Starts nothing yet: the thread starts at the first file, and ends when there is none for long. */
export function openReader({ threadFile, onTrouble, bounds }: ReaderParts): PipelineReader {
  const thread = new ReaderThread(threadFile, onTrouble, {
    ...{ workMs, turnMs, idleMs, waitingMax },
    ...bounds,
  })
  return {
    async read(...input) {
      const done = await thread.perform<'read'>({ name: 'read', input })
      return 'answer' in done ? done.answer : { pipeline: null, problems: [problemOf(done.failed)] }
    },
    async convert(...input) {
      const done = await thread.perform<'convert'>({ name: 'convert', input })
      return 'answer' in done ? done.answer : { problems: [problemOf(done.failed)] }
    },
    async explain({ workflows }, event) {
      // Nothing else decides, and scripts and payloads may be long.
      const triggers = workflows.map(({ id, name, triggering }) => ({ id, name, triggering }))
      const bare = event.type === 'manual' ? event : { ...event, changedFiles: null, payload: null }
      const input: JobInput<'explain'> = [{ workflows: triggers }, bare]
      return answerOf(await thread.perform<'explain'>({ name: 'explain', input }))
    },
    async explainEvent({ workflows }, event) {
      const withoutScripts = workflows.map((workflow) => ({ ...workflow, scripts: [] }))
      const input: JobInput<'explainEvent'> = [{ workflows: withoutScripts }, event]
      return answerOf(await thread.perform<'explainEvent'>({ name: 'explainEvent', input }))
    },
    async decideWhens({ workflows }, event, verdicts, facts) {
      const concerned = workflows.filter(({ id }) => facts.has(id))
      const withoutScripts = concerned.map((workflow) => ({ ...workflow, scripts: [] }))
      const input: JobInput<'decideWhens'> = [{ workflows: withoutScripts }, event, verdicts, facts]
      return answerOf(await thread.perform<'decideWhens'>({ name: 'decideWhens', input }))
    },
    close: () => thread.close(),
  }
}

/** Why there is no answer; what is to be done about it can be told of the first two alone. */
type Failure = 'time' | 'memory' | 'crash'

type Done<N extends JobName> = { answer: JobAnswer<N> } | { failed: Failure }

const simpler =
  'Write it simpler: fewer aliases that name other aliases, fewer brackets in brackets, ' +
  'and long scripts in files of the repository.'

const problemOf = (failure: Failure): Problem => ({
  severity: 'error',
  message: sentences[failure],
  path: '',
  line: null,
  column: null,
  excerpt: null,
  suggestion: failure === 'crash' ? null : simpler,
  workflow: null,
})

const sentences: Record<Failure, string> = {
  time: `Reading this file took more than ${workMs / seconds(1)} s, so it was given up.`,
  memory: 'Reading this file took too much memory, so it was given up.',
  crash: 'Oore broke while reading this file. The server log has the details.',
}

const patternSentences: Record<Failure, string> = {
  time: `Trying the patterns of the workflows took more than ${workMs / seconds(1)} s, so it was given up. Write fewer or simpler ones.`,
  memory: 'Trying the patterns of the workflows took too much memory. Write fewer or simpler ones.',
  crash: 'Oore broke while trying the patterns of the workflows. The server log has the details.',
}

function answerOf(done: Done<'explain' | 'explainEvent' | 'decideWhens'>): Verdict[] {
  if ('answer' in done) return done.answer
  throw new OoreError('invalid', patternSentences[done.failed])
}

/** Something that waits, or that the thread has in hand. */
type Task = {
  job: Job
  settle: (done: Done<JobName>) => void
  refuse: (error: Error) => void
  timer: NodeJS.Timeout
}

/** One thread that does one job at a time, first come, first served. */
class ReaderThread {
  readonly #file: string
  readonly #onTrouble: (error: Error) => void
  readonly #bounds: Bounds
  readonly #waiting: Task[] = []
  #inHand: Task | null = null
  #thread: Worker | null = null
  #isReady = false
  /** For the start of the thread, and then for its idleness. */
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(file: string, onTrouble: (error: Error) => void, bounds: Bounds) {
    this.#file = file
    this.#onTrouble = onTrouble
    this.#bounds = bounds
  }

  perform<N extends JobName>(job: Extract<Job, { name: N }>): Promise<Done<N>> {
    return new Promise((settle, refuse) => {
      if (this.#isClosed) return refuse(stopping())
      if (this.#waiting.length >= this.#bounds.waitingMax) return refuse(noTurn())
      const task: Task = {
        job,
        // The thread answers a job by what its name stands for (jobs.ts).
        settle: settle as Task['settle'],
        refuse,
        timer: setTimeout(() => {
          this.#waiting.splice(this.#waiting.indexOf(task), 1)
          refuse(noTurn())
        }, this.#bounds.turnMs),
      }
      this.#waiting.push(task)
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const thread = this.#thread
    this.#inHand?.refuse(stopping())
    this.#forget()
    this.#refuseAll(stopping())
    await thread?.terminate()
  }

  #next(): void {
    if (this.#inHand !== null || this.#waiting.length === 0) return
    if (this.#thread === null) this.#thread = this.#start()
    if (!this.#isReady) return
    const task = this.#waiting.shift()
    if (task === undefined) return
    clearTimeout(this.#timer)
    clearTimeout(task.timer)
    // A program whose work is done may end beside a thread that only waits.
    this.#thread.ref()
    task.timer = setTimeout(() => this.#checkOverrun(task), this.#bounds.workMs)
    this.#inHand = task
    this.#thread.postMessage(task.job)
  }

  #start(): Worker {
    const thread = new Worker(this.#file, { resourceLimits, execArgv: [], env: {} })
    const isCurrent = () => thread === this.#thread
    thread.on('message', (message: 'ready' | { answer: JobAnswer<JobName> }) => {
      if (!isCurrent()) return
      if (message === 'ready') this.#begin()
      else this.#finish(message)
    })
    thread.on('error', (error) => isCurrent() && this.#die(error))
    thread.on('exit', (code) => {
      if (isCurrent()) this.#die(new Error(`The thread that reads ended with ${code}.`))
    })
    this.#timer = setTimeout(() => {
      this.#die(new Error(`The thread that reads did not start within ${startMs} ms.`))
    }, startMs)
    return thread
  }

  #begin(): void {
    this.#isReady = true
    this.#rest()
    this.#next()
  }

  #finish(done: Done<JobName>): void {
    const task = this.#inHand
    this.#inHand = null
    clearTimeout(task?.timer)
    this.#rest()
    task?.settle(done)
    this.#next()
  }

  /** Nothing to do; whoever has something clears the timer. */
  #rest(): void {
    this.#thread?.unref()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#forget(), this.#bounds.idleMs).unref()
  }

  /** Where this thread was held up itself, the answer may be there, behind the timer. */
  #checkOverrun(task: Task): void {
    setImmediate(() => {
      if (this.#inHand === task) this.#replace('time')
    })
  }

  #die(error: Error): void {
    const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    if (!isMemory) this.#onTrouble(error)
    if (this.#isReady) return this.#replace(isMemory ? 'memory' : 'crash')
    // It would not start the next time either.
    this.#forget()
    this.#refuseAll(
      new Error(`Configurations cannot be read: ${messageOf(error)}`, { cause: error }),
    )
  }

  /** Gives up what is in hand, and goes on with the rest in a new thread. */
  #replace(failed: Failure): void {
    const task = this.#inHand
    this.#forget()
    task?.settle({ failed })
    this.#next()
  }

  /** Ends the thread, whatever it does. */
  #forget(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#inHand?.timer)
    void this.#thread?.terminate()
    this.#inHand = null
    this.#thread = null
    this.#isReady = false
  }

  #refuseAll(error: Error): void {
    for (const { timer, refuse } of this.#waiting.splice(0)) {
      clearTimeout(timer)
      refuse(error)
    }
  }
}

const noTurn = (): OoreError =>
  new OoreError('unavailable', 'Oore is busy reading other configurations. Try again soon.', {
    retryAfterSeconds,
  })

const stopping = (): OoreError =>
  new OoreError('unavailable', 'Oore is stopping. Try again soon.', { retryAfterSeconds })
