/*
 * The same values as Apple's programs write them: of indefinite length (BER), with octets in pieces.
 * Made by hand, so that what reads them is not what wrote them.
 */

const octetString = 0x04
const pieceBytes = 50

/**
 * Rewrites DER as BER, and values within octets too, down to so many levels of octets: that changes
 * what check sums are made of.
 */
export function berOf(der: Buffer, levels = 0): Buffer {
  const { tag, content } = valueAt(der, 0)
  if (tag === octetString && content.length > pieceBytes) {
    const inner = levels > 0 && isOneValue(content) ? berOf(content, levels - 1) : content
    return indefinite(0x24, pieces(inner))
  }
  // `[0] IMPLICIT OCTET STRING`, as encrypted content is.
  if (tag === 0x80) return indefinite(0xa0, pieces(content))
  if ((tag & 0x20) === 0) return der
  return indefinite(
    tag,
    partsIn(content).map((part) => berOf(part, levels)),
  )
}

type Value = { tag: number; content: Buffer; end: number }

function valueAt(bytes: Buffer, at: number): Value {
  const [tag = 0, first = 0] = bytes.subarray(at)
  const more = first > 0x80 ? first & 0x7f : 0
  const length = more === 0 ? first : bytes.readUIntBE(at + 2, more)
  const start = at + 2 + more
  return { tag, content: bytes.subarray(start, start + length), end: start + length }
}

function partsIn(content: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < content.length;) {
    const { end } = valueAt(content, at)
    parts.push(content.subarray(at, end))
    at = end
  }
  return parts
}

const isOneValue = (bytes: Buffer): boolean =>
  bytes[0] === 0x30 && valueAt(bytes, 0).end === bytes.length

const pieces = (bytes: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) => {
    const piece = bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes)
    return Buffer.concat([Buffer.from([octetString, piece.length]), piece])
  })

const indefinite = (tag: number, parts: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([tag, 0x80]), ...parts, Buffer.alloc(2)])
