const escape = 0x1b
const newline = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const tab = 0x09

/** Bytes without those that are passed over, and where they lay. */
export type View = {
  bytes: Uint8Array
  /** Where a stretch of the view begins, in what it is of. */
  startOf(start: number): number
  /** Where it ends there. */
  endOf(end: number): number
}

/** The bytes as they are. */
export const plainView = (bytes: Uint8Array): View => ({
  bytes,
  startOf: (start) => start,
  endOf: (end) => end,
})

/** Without the escape sequences of terminals (ECMA-48): colours may stand inside of a secret. */
export const withoutEscapes = (bytes: Uint8Array): View =>
  viewWithout(bytes, escape, (at) => endOfEscape(bytes, at))

/**
 * The stretches in which base64 may have been wrapped, each without its line ends and the blanks
 * after them: lines that end in a run of sixteen or more of its characters, with what goes on below.
 * `runBefore` is how long the run is that ends where the view begins.
 */
export function wrappedBase64(view: View, runBefore: number): Block[] {
  const { bytes } = view
  const blocks: Block[] = []
  let start = -1
  let end = 0
  const close = (at: number) => {
    blocks.push({ ...joined(view, start, at), isOpen: at === bytes.length })
    start = -1
  }
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) {
    const lineEnd = at > 0 && bytes[at - 1] === carriageReturn ? at - 1 : at
    const run = startOfRun(bytes, lineEnd, start === -1 ? 0 : end)
    if (start !== -1 && run !== end) close(endOfRun(bytes, end))
    const goesOn = endOfBlanks(bytes, at + 1)
    // Of the first line the beginning may have been shown already.
    const isRun = lineEnd - run + (run === 0 ? runBefore : 0) >= wrappedRun
    const isJoint = isRun && (goesOn === bytes.length || isBase64[bytes[goesOn]!] === 1)
    if (start !== -1 && !isJoint) close(lineEnd)
    else if (isJoint) {
      if (start === -1) start = run
      end = goesOn
    }
  }
  if (start !== -1) close(endOfRun(bytes, end))
  return blocks
}

/** A stretch, and whether it may go on in what is still to come. */
export type Block = View & { isOpen: boolean }

/** Encoders wrap at 60 characters and more. */
const wrappedRun = 16

const isBase64 = new Uint8Array(256)
for (const byte of Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=',
)) {
  isBase64[byte] = 1
}

/**
 * How long the run of base64 is that ends with these bytes, as far as that counts, where one of so many
 * characters came before them.
 */
export function runAtEnd(bytes: Uint8Array, before: number): number {
  const tail = bytes.subarray(-tailBytes)
  const shown = tail.includes(escape) ? withoutEscapes(tail).bytes : tail
  const start = startOfRun(shown, shown.length, Math.max(0, shown.length - wrappedRun))
  if (start > 0) return shown.length - start
  // All of it is a run: how long that is, is known where nothing was left out.
  return tail.length < bytes.length ? wrappedRun : Math.min(wrappedRun, shown.length + before)
}

/** More than a run that counts has, with the colours in it. */
const tailBytes = 1024

function startOfRun(bytes: Uint8Array, end: number, least: number): number {
  let at = end
  while (at > least && isBase64[bytes[at - 1]!] === 1) at -= 1
  return at
}

function endOfRun(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && isBase64[bytes[at]!] === 1) at += 1
  return at
}

function joined(view: View, start: number, end: number): View {
  const part = view.bytes.subarray(start, end)
  const inner = viewWithout(part, newline, (at) => endOfBlanks(part, at + 1), carriageReturn)
  return {
    bytes: inner.bytes,
    startOf: (at) => view.startOf(start + inner.startOf(at)),
    endOf: (at) => view.endOf(start + inner.endOf(at)),
  }
}

/** Leaves out what `endOf` says from every `mark` on, and bytes of `also` right before it. */
function viewWithout(
  bytes: Uint8Array,
  mark: number,
  endOf: (at: number) => number,
  also: number | null = null,
): View {
  const parts: Uint8Array[] = []
  // Where each part begins in the view, and in what it is of.
  const inView: number[] = []
  const inBytes: number[] = []
  let length = 0
  const keep = (start: number, end: number) => {
    if (end <= start) return
    parts.push(bytes.subarray(start, end))
    inView.push(length)
    inBytes.push(start)
    length += end - start
  }
  let from = 0
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, from)) {
    const isPair = also !== null && at > from && bytes[at - 1] === also
    keep(from, isPair ? at - 1 : at)
    from = endOf(at)
  }
  keep(from, bytes.length)
  const rawOf = (at: number): number => {
    const part = partAt(inView, at)
    return part === -1 ? from : inBytes[part]! + at - inView[part]!
  }
  return {
    bytes: Buffer.concat(parts, length),
    startOf: (start) => (start >= length ? bytes.length : rawOf(start)),
    endOf: (end) => (end === 0 ? 0 : rawOf(end - 1) + 1),
  }
}

/** The last part that begins at or before an offset. */
function partAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= offset) low = middle + 1
    else high = middle
  }
  return low - 1
}

function endOfBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && (bytes[at] === space || bytes[at] === tab)) at += 1
  return at
}

/**
 * Where an escape sequence ends: `ESC [` parameters and a final byte, or `ESC` intermediates and a
 * final byte. What follows a bare escape is text like any other: were it left out, half of a secret
 * behind it would be shown.
 */
function endOfEscape(bytes: Uint8Array, at: number): number {
  const isControl = bytes[at + 1] === 0x5b
  let end = at + (isControl ? 2 : 1)
  const isMiddle = (byte: number): boolean => byte >= 0x20 && byte <= (isControl ? 0x3f : 0x2f)
  while (end < bytes.length && isMiddle(bytes[end]!)) end += 1
  if (!isControl && end === at + 1) return end
  return Math.min(end + 1, bytes.length)
}

/** The escape sequences in a stretch of bytes, one after another. */
export function escapesIn(bytes: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = []
  let from = 0
  for (let at = bytes.indexOf(escape); at !== -1; at = bytes.indexOf(escape, from)) {
    from = endOfEscape(bytes, at)
    if (from > at + 1) kept.push(bytes.subarray(at, from))
  }
  return Buffer.concat(kept)
}
