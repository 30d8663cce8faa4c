import { parentPort, type ResourceLimits, Worker } from 'node:worker_threads'
import { type Millis, seconds } from './clock.ts'
import { messageOf, OoreError } from './errors.ts'

/** Half a second would do on a busy machine. */
const startMs = seconds(10)
const retryAfterSeconds = 10

/** Why there is no answer: it took too long, or too much memory, or the thread broke. */
export type JobFailure = 'time' | 'memory' | 'crash'

type Done<A> = { answer: A } | { failed: JobFailure }

export type JobBounds = {
  /** How long the thread may work at one job, counted from when it begins. */
  workMs: Millis
  /** How long a job may wait for its turn. */
  turnMs: Millis
  /** After how long without a job the thread ends. */
  idleMs: Millis
  /** How many jobs may wait. */
  waitingMax: number
}

export type JobThreadParts = {
  file: string
  /** What is read there, in the plural, as people are told: `Configurations`. */
  what: string
  bounds: JobBounds
  resourceLimits: ResourceLimits
  /** Hears of what ended a thread and should not have. */
  onTrouble: (error: Error) => void
}

/** What a thread's own file does: it says that it is ready, and then answers each job. */
export function answerJobs<J, A>(perform: (job: J) => A): void {
  parentPort?.on('message', (job: J) => parentPort?.postMessage({ answer: perform(job) }))
  parentPort?.postMessage('ready')
}

/** Something that waits, or that the thread has in hand. */
type Task<J, A> = {
  job: J
  settle: (done: Done<A>) => void
  refuse: (error: Error) => void
  timer: NodeJS.Timeout
}

/**
 * One thread that does one job at a time, first come, first served: what strangers have written is read
 * there, so that nothing in it holds up the server. It starts with the first job, and ends when there is
 * none for long. A job that throws ends it, and the next one has another.
 */
export class JobThread<J, A> {
  readonly #parts: JobThreadParts
  readonly #waiting: Task<J, A>[] = []
  #inHand: Task<J, A> | null = null
  #thread: Worker | null = null
  #isReady = false
  /** For the start of the thread, and then for its idleness. */
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(parts: JobThreadParts) {
    this.#parts = parts
  }

  /**
   * Has a job done, within the bounds. Throws OoreError `unavailable` where it could not have its turn,
   * and Error where the thread does not start.
   */
  perform(job: J): Promise<Done<A>> {
    return new Promise((settle, refuse) => {
      if (this.#isClosed) return refuse(stopping())
      if (this.#waiting.length >= this.#parts.bounds.waitingMax) return refuse(this.#noTurn())
      const task: Task<J, A> = {
        job,
        settle,
        refuse,
        timer: setTimeout(() => {
          this.#waiting.splice(this.#waiting.indexOf(task), 1)
          refuse(this.#noTurn())
        }, this.#parts.bounds.turnMs),
      }
      this.#waiting.push(task)
      this.#next()
    })
  }

  /** Ends the thread. What waits, and what is asked later, is `unavailable`. */
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
    task.timer = setTimeout(() => this.#checkOverrun(task), this.#parts.bounds.workMs)
    this.#inHand = task
    this.#thread.postMessage(task.job)
  }

  #start(): Worker {
    const { file, resourceLimits } = this.#parts
    const thread = new Worker(file, { resourceLimits, execArgv: [], env: {} })
    const isCurrent = () => thread === this.#thread
    thread.on('message', (message: 'ready' | { answer: A }) => {
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

  #finish(done: Done<A>): void {
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
    this.#timer = setTimeout(() => this.#forget(), this.#parts.bounds.idleMs).unref()
  }

  /** Where this thread was held up itself, the answer may be there, behind the timer. */
  #checkOverrun(task: Task<J, A>): void {
    setImmediate(() => {
      if (this.#inHand === task) this.#replace('time')
    })
  }

  #die(error: Error): void {
    const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    if (!isMemory) this.#parts.onTrouble(error)
    if (this.#isReady) return this.#replace(isMemory ? 'memory' : 'crash')
    // It would not start the next time either.
    this.#forget()
    this.#refuseAll(
      new Error(`${this.#parts.what} cannot be read: ${messageOf(error)}`, { cause: error }),
    )
  }

  /** Gives up what is in hand, and goes on with the rest in a new thread. */
  #replace(failed: JobFailure): void {
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

  #noTurn(): OoreError {
    const what = this.#parts.what.toLowerCase()
    return new OoreError('unavailable', `Oore is busy reading other ${what}. Try again soon.`, {
      retryAfterSeconds,
    })
  }

  #refuseAll(error: Error): void {
    for (const { timer, refuse } of this.#waiting.splice(0)) {
      clearTimeout(timer)
      refuse(error)
    }
  }
}

const stopping = (): OoreError =>
  new OoreError('unavailable', 'Oore is stopping. Try again soon.', { retryAfterSeconds })
