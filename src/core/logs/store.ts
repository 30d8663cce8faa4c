import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bells } from '../../lib/bell.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import { LogFile } from '../../lib/log-file.ts'
import { decodeFrames } from '../../lib/log-frames.ts'
import type { Frame, LogChunk, LogStream, Place } from '../../lib/log-frames.ts'

/** A log open for reading and writing has at most six files open; these are the logs kept open. */
const openLogsMax = 32
const positionMax = 10_001

export type LogInfo = {
  /** How much was ever said; the lines are those that have ended. */
  size: number
  lines: number
  stdoutBytes: number
  stderrBytes: number
  /** Is something missing in the middle? */
  truncated: boolean
}

/** One step's log as its readers see it: empty until something was said. */
export type StepLog = {
  info(): LogInfo
  /** See LogFile.read. */
  read(offset: number, maxBytes: number): LogChunk
  /** Where to read from to find the start of a line, counted from 0, or a byte of one stream. */
  offsetOfLine(line: number): number
  offsetOfStreamByte(stream: LogStream, offset: number): number
}

type LogStoreOptions = {
  directory: string
  /** What is kept of each step's log. */
  maxBytes: number
  bells: Bells
}

export const logTopic = (buildId: Id, position: number): string => `log:${buildId}:${position}`

/**
 * The logs of all builds: `<directory>/<build>/step-<position>.log` is what a step said, as plain
 * bytes. Who wants to know of more listens to logTopic and reads from where it stands.
 */
export class LogStore {
  readonly #options: LogStoreOptions
  /** By use, the least recent first. */
  readonly #open = new Map<string, LogFile>()

  constructor(options: LogStoreOptions) {
    this.#options = options
  }

  /**
   * Takes frames that begin at `offset`. What is there already is passed over, so a message may be
   * repeated; null means taken. When something before `offset` never came, nothing is taken and the
   * answer says where to begin. Throws OoreError `malformed` for a body that is not frames.
   */
  append(
    buildId: Id,
    position: number,
    offset: number,
    body: Uint8Array,
  ): { wanted: number } | null {
    const { frames, jump } = decodeFrames(body)
    const log = this.#writable(buildId, position)
    if (offset > log.size) return { wanted: log.size }
    if (jump && isBefore(jump, log.end, offset)) throw new OoreError('malformed', jumpsBack)
    if (jump) log.skipTo(jump)
    const fresh = framesFrom(frames, jump?.offset ?? offset, log.size)
    if (fresh.length > 0) {
      log.appendAll(fresh)
      this.#options.bells.ring(logTopic(buildId, position))
    }
    return null
  }

  /** Nothing more will be said: lets go of the files, and wakes readers to see the end. */
  finish(buildId: Id, position: number): void {
    const key = keyOf(buildId, position)
    this.#open.get(key)?.close()
    this.#open.delete(key)
    this.#options.bells.ring(logTopic(buildId, position))
  }

  info(buildId: Id, position: number): LogInfo {
    const log = this.#readable(buildId, position)
    return {
      size: log?.size ?? 0,
      lines: log?.end.line ?? 0,
      stdoutBytes: log?.stdoutBytes ?? 0,
      stderrBytes: log?.stderrBytes ?? 0,
      truncated: log?.truncated ?? false,
    }
  }

  /** A reader of one log. It holds no file, so it need not be closed. */
  open(buildId: Id, position: number): StepLog {
    const log = () => this.#readable(buildId, position)
    return {
      info: () => this.info(buildId, position),
      read: (offset, maxBytes) =>
        log()?.read(offset, maxBytes) ?? { frames: [], next: offset, missing: null },
      offsetOfLine: (line) => log()?.offsetOfLine(line) ?? 0,
      offsetOfStreamByte: (stream, offset) => log()?.offsetOfStreamByte(stream, offset) ?? 0,
    }
  }

  /** Deletes all logs of a build. */
  async remove(buildId: Id): Promise<void> {
    const directory = this.#directoryOf(buildId)
    for (const [key, log] of this.#open) {
      if (!key.startsWith(`${buildId}/`)) continue
      log.close()
      this.#open.delete(key)
    }
    await rm(directory, { recursive: true, force: true })
  }

  /** Lets go of all files. */
  close(): void {
    for (const log of this.#open.values()) log.close()
    this.#open.clear()
  }

  #writable(buildId: Id, position: number): LogFile {
    const key = keyOf(buildId, position)
    return this.#used(key) ?? this.#opened(key, buildId, position)
  }

  #readable(buildId: Id, position: number): LogFile | null {
    const key = keyOf(buildId, position)
    const open = this.#used(key)
    if (open) return open
    const file = join(this.#directoryOf(buildId), `${nameOf(position)}.log`)
    return existsSync(file) ? this.#opened(key, buildId, position) : null
  }

  #used(key: string): LogFile | undefined {
    const log = this.#open.get(key)
    if (!log) return undefined
    this.#open.delete(key)
    this.#open.set(key, log)
    return log
  }

  #opened(key: string, buildId: Id, position: number): LogFile {
    for (const [oldest, log] of this.#open) {
      if (this.#open.size < openLogsMax) break
      log.close()
      this.#open.delete(oldest)
    }
    const { maxBytes } = this.#options
    const directory = this.#directoryOf(buildId)
    const log = LogFile.open({ directory, name: nameOf(position), maxBytes })
    this.#open.set(key, log)
    return log
  }

  #directoryOf(buildId: Id): string {
    if (!isId(buildId)) throw new OoreError('not_found', 'There is no such build.')
    return join(this.#options.directory, buildId)
  }
}

/** The frames that are not there yet, of frames that begin at `offset`. */
function framesFrom(frames: readonly Required<Frame>[], offset: number, size: number): Frame[] {
  const fresh: Frame[] = []
  let at = offset
  for (const frame of frames) {
    const skip = Math.max(0, size - at)
    const { stream, bytes } = frame
    if (skip === 0) fresh.push(frame)
    else if (skip < bytes.length) fresh.push({ stream, at: frame.at, bytes: bytes.subarray(skip) })
    at += bytes.length
  }
  return fresh
}

const jumpsBack = 'These are not log frames: a jump leads backwards.'

/** A jump may only lead forwards: from where its body begins, and from what is there. */
function isBefore(jump: Place, end: Place, offset: number): boolean {
  if (jump.offset < offset) return true
  if (jump.offset <= end.offset) return false
  return jump.line < end.line || jump.stdoutBytes < end.stdoutBytes
}

function keyOf(buildId: Id, position: number): string {
  if (!Number.isInteger(position) || position < 0 || position > positionMax) {
    throw new OoreError('not_found', 'There is no such step.')
  }
  return `${buildId}/${position}`
}

const nameOf = (position: number): string => `step-${position}`
