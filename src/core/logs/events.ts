import type { Millis } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import type { LogChunk, LogStream, Missing, PlacedFrame } from '../../lib/log-frames.ts'
import { streamBytes } from '../../lib/log-places.ts'
import { KiB } from '../../lib/sizes.ts'
import { incompleteTail, utf8Text } from '../../lib/utf8.ts'
import { type Build, type BuildDetail, isFinished } from '../builds/build.ts'
import { type Step, isStepFinished, stepKey } from '../steps/step.ts'
import { type Mark, knowsBuild, knowsStep, tellStep } from './mark.ts'
import type { LogStore, StepLog } from './store.ts'
import type { BuildWatch } from './watch.ts'

/** What somebody who follows a build is told, one after the other. */
export type BuildEvent =
  | { is: 'build'; build: Build }
  | { is: 'step'; step: Step }
  | { is: 'log'; said: Said }
  /** The build has ended and everything has been told. */
  | { is: 'end' }
  /** Nothing happened for a while. */
  | { is: 'quiet' }

/**
 * What a step said on one stream, as text; `offset` is its first byte among those of the stream.
 * Readers who are told the same are handed the same object.
 */
export type Said = {
  step: string
  stream: LogStream
  offset: number
  text: string
  /** What was dropped before it. */
  missing: Missing | null
}

/** Several frames leave together, up to about this much: a write per line would cost a flood dear. */
const eventBytesMax = 64 * KiB

export type FollowOptions = {
  logs: LogStore
  buildId: Id
  watch: BuildWatch
  /** Where the reader stands. It is moved along: after each event it says where to resume. */
  mark: Mark
  withLogs: boolean
  /** How long nothing may happen before `quiet` is told. */
  quietMs: Millis
}

/**
 * Everything that happens to a build from a mark on: how it and its steps stand, then what the
 * steps say in their order. A step's end is told after its last byte, the build's end after that.
 */
export async function* followBuild(options: FollowOptions): AsyncGenerator<BuildEvent> {
  const { watch, mark, withLogs, quietMs } = options
  for (;;) {
    const detail = await watch.detail()
    yield* tellStates(detail, mark, withLogs)
    const isAllSaid = !withLogs || (yield* tellLogs(options, detail))
    if (isAllSaid && isFinished(detail.build.status)) {
      yield* tellStates(detail, mark, false)
      yield { is: 'end' }
      return
    }
    const woken = await watch.wait(quietMs)
    if (woken === 'aborted') return
    if (woken === 'timeout') yield { is: 'quiet' }
  }
}

/** Tells of states that are news. The end of what is still being read waits until it was read. */
function* tellStates(
  { build, steps }: BuildDetail,
  mark: Mark,
  withLogs: boolean,
): Generator<BuildEvent> {
  const isEarly = mark.build !== null && withLogs && isFinished(build.status)
  if (!knowsBuild(mark, build) && !isEarly) {
    mark.build = build.status
    yield { is: 'build', build }
  }
  for (const step of steps) {
    const isUnread = withLogs && step.position >= mark.position && isStepFinished(step.status)
    const isTold = (mark.steps[step.position] ?? null) !== null
    if (knowsStep(mark, step) || (isUnread && isTold)) continue
    tellStep(mark, step)
    yield { is: 'step', step }
  }
}

/** Tells what has been said since; returns whether that is all there will be. */
async function* tellLogs(
  options: FollowOptions,
  { build, steps }: BuildDetail,
): AsyncGenerator<BuildEvent, boolean> {
  const { logs, buildId, watch, mark } = options
  for (;;) {
    const step = steps.find((one) => one.position === mark.position)
    if (!step) return isFinished(build.status) || mark.position > 0
    // A step that speaks has begun, and its beginning is told before its words: look again.
    if (step.status === 'pending' && !isFinished(build.status)) return false
    watch.listenTo(step.position)
    yield* tellLog(logs.open(buildId, step.position), step, mark)
    const isOver = isStepFinished(step.status) || isFinished(build.status)
    if (!isOver) return false
    yield* tellKept(logs.open(buildId, step.position), step, mark)
    mark.position += 1
    mark.offset = 0
    if (knowsStep(mark, step)) continue
    tellStep(mark, step)
    yield { is: 'step', step }
  }
}

function* tellLog(log: StepLog, step: Step, mark: Mark): Generator<BuildEvent> {
  const kept = { stdout: keptBytes(log, mark, 'stdout'), stderr: keptBytes(log, mark, 'stderr') }
  for (;;) {
    const chunk = log.read(mark.offset, 2 * eventBytesMax)
    if (chunk.frames.length === 0) return
    let { missing } = chunk
    for (const run of runsOf(chunk)) {
      const { stream } = run.first
      const { said, rest } = saidIn(run, stepKey(step), kept[stream], missing)
      kept[stream] = rest
      mark.kept[stream] = rest.length
      mark.offset = run.last.offset + run.last.bytes.length
      missing = null
      yield { is: 'log', said }
    }
  }
}

/** The step has ended: what was kept back will never be whole. */
function* tellKept(log: StepLog, step: Step, mark: Mark): Generator<BuildEvent> {
  for (const stream of ['stdout', 'stderr'] as const) {
    const bytes = keptBytes(log, mark, stream)
    if (bytes.length === 0) continue
    mark.kept[stream] = 0
    const offset = log.info()[`${stream}Bytes`] - bytes.length
    const said = { step: stepKey(step), stream, offset, text: utf8Text(bytes), missing: null }
    yield { is: 'log', said }
  }
}

/** Neighbouring frames of one stream, about eventBytesMax at most. */
type Run = { frames: PlacedFrame[]; first: PlacedFrame; last: PlacedFrame; bytes: number }

function runsOf({ frames }: LogChunk): Run[] {
  const runs: Run[] = []
  for (const frame of frames) {
    const run = runs.at(-1)
    const bytes = frame.bytes.length
    if (run && run.first.stream === frame.stream && run.bytes + bytes <= eventBytesMax) {
      run.frames.push(frame)
      run.last = frame
      run.bytes += bytes
    } else {
      runs.push({ frames: [frame], first: frame, last: frame, bytes })
    }
  }
  return runs
}

/** A run as text, and the beginning of a character at its end whose rest has not come yet. */
type Told = { said: Said; rest: Uint8Array }

/**
 * What was made of a run, for the next reader of the same frames: in a flood every frame goes to
 * every reader, and to make its text once is what lets fifty of them keep up.
 */
const toldOf = new WeakMap<PlacedFrame, Told & { last: PlacedFrame }>()

function saidIn(run: Run, step: string, before: Uint8Array, missing: Missing | null): Told {
  const { frames, first, last } = run
  const isShared = before.length === 0 && missing === null
  const known = toldOf.get(first)
  if (isShared && known?.last === last && known.said.step === step) return known
  const bytes = Buffer.concat([before, ...frames.map((frame) => frame.bytes)])
  const whole = bytes.length - incompleteTail(bytes)
  const { stream } = first
  const offset = streamBytes(first, stream) - before.length
  const text = utf8Text(bytes.subarray(0, whole))
  const told = { said: { step, stream, offset, text, missing }, rest: bytes.subarray(whole) }
  if (isShared) toldOf.set(first, { ...told, last })
  return told
}

/** The bytes of a stream just before the mark that were not told yet. */
function keptBytes(log: StepLog, mark: Mark, stream: LogStream): Uint8Array {
  const count = mark.kept[stream]
  if (count === 0) return new Uint8Array()
  const next = log.read(mark.offset, 1).frames[0]
  const end =
    next && next.offset === mark.offset ? streamBytes(next, stream) : log.info()[`${stream}Bytes`]
  const { frames } = log.read(log.offsetOfStreamByte(stream, end - count), eventBytesMax)
  const bytes = frames
    .filter((frame) => frame.stream === stream && frame.offset < mark.offset)
    .map((frame) => frame.bytes.subarray(Math.max(0, end - count - streamBytes(frame, stream))))
  return Buffer.concat(bytes).subarray(0, count)
}
