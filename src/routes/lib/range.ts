/**
 * The one range of bytes a `Range` header asks for, both ends included (RFC 9110, 14.1.2). Null
 * where the whole is to be sent: no header, another unit, several ranges, or nonsense.
 */
export function rangeOf(
  header: string | undefined,
  size: number,
): [start: number, end: number] | 'unsatisfiable' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : [size - length, size - 1]
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start >= size || (last !== '' && Number(last) < start) ? 'unsatisfiable' : [start, end]
}
