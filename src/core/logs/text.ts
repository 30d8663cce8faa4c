import { minutes } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import type { LogChunk, Missing } from '../../lib/log-frames.ts'
import { streamBytes } from '../../lib/log-places.ts'
import { KiB, sizeText } from '../../lib/sizes.ts'
import { isFinished } from '../builds/build.ts'
import { type Step, isStepFinished, stepKey } from '../steps/step.ts'
import type { StreamFilter } from './lines.ts'
import type { LogStore } from './store.ts'
import type { BuildWatch } from './watch.ts'

const bytesPerRead = 64 * KiB
/** A watch that heard nothing for so long looks again by itself. */
const lookAgainMs = minutes(1)

export type LogTextOptions = {
  logs: LogStore
  buildId: Id
  watch: BuildWatch
  /** The step to read, or null for all in their order, each under a header line. */
  position: number | null
  stream: StreamFilter
  /** Bytes of the stream to pass over; without a step, of the whole text. */
  offset: number
  /** Go on until the step, or the build, has ended. */
  follow: boolean
}

/** What steps said, byte by byte as they said it; where something is missing, a line says so. */
export async function* readLogText(options: LogTextOptions): AsyncGenerator<Uint8Array> {
  if (options.position !== null) {
    yield* stepText(options, options.position, options.offset)
    return
  }
  let toSkip = options.offset
  for await (const bytes of buildText(options)) {
    const rest = bytes.subarray(toSkip)
    toSkip -= bytes.length - rest.length
    if (rest.length > 0) yield rest
  }
}

async function* buildText(options: LogTextOptions): AsyncGenerator<Uint8Array> {
  const { watch, follow } = options
  let endsLine = true
  for (let position = 0; ; position++) {
    const step = await begun(watch, position, follow)
    if (!step) return
    if (step.startedAt === null) continue
    yield Buffer.from(`${endsLine ? '' : '\n'}==> ${stepKey(step)}: ${oneLine(step.name)} <==\n`)
    endsLine = true
    for await (const bytes of stepText(options, position, 0)) {
      endsLine = bytes.at(-1) === 0x0a
      yield bytes
    }
  }
}

/** The step at a position once it does not wait any more; null when the build ends without it. */
async function begun(watch: BuildWatch, position: number, follow: boolean): Promise<Step | null> {
  for (;;) {
    const { build, steps } = await watch.detail()
    const step = steps.find((one) => one.position === position)
    if (step && step.status !== 'pending') return step
    // The build ends a moment after its last step, and whoever follows it wants to know how.
    if (!follow || isFinished(build.status)) return null
    if ((await watch.wait(lookAgainMs)) === 'aborted') return null
  }
}

async function* stepText(
  options: LogTextOptions,
  position: number,
  offset: number,
): AsyncGenerator<Uint8Array> {
  const { logs, buildId, watch, stream, follow } = options
  const log = logs.open(buildId, position)
  let next = stream === 'all' ? offset : log.offsetOfStreamByte(stream, offset)
  for (;;) {
    // In this order: a step that has ended says nothing more, so what is read after is all of it.
    watch.listenTo(position)
    const { build, steps } = await watch.detail()
    const step = steps.find((one) => one.position === position)
    for (;;) {
      const chunk = log.read(next, bytesPerRead)
      if (chunk.frames.length === 0) break
      const bytes = textOf(chunk, stream, offset)
      if (bytes.length > 0) yield bytes
      next = chunk.next
    }
    const isOver = step ? isStepFinished(step.status) : isFinished(build.status)
    if (!follow || isOver || (await watch.wait(lookAgainMs)) === 'aborted') return
  }
}

/** The bytes of one stream from its byte `offset` on. */
function textOf({ frames, missing }: LogChunk, stream: StreamFilter, offset: number): Uint8Array {
  const parts: Uint8Array[] = missing ? [Buffer.from(missingText(missing))] : []
  for (const frame of frames) {
    if (stream !== 'all' && frame.stream !== stream) continue
    parts.push(frame.bytes.subarray(Math.max(0, offset - streamBytes(frame, stream))))
  }
  const [only] = parts
  return parts.length === 1 && only ? only : Buffer.concat(parts)
}

const missingText = ({ bytes, lines }: Missing): string =>
  `\n[${lines.toLocaleString('en')} lines (${sizeText(bytes)}) are left out here: the log was too long]\n`

const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ')
