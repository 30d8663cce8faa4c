/*
 * Property lists in the old way of OpenStep, as project.pbxproj is one: read with the place of
 * everything, so that a value can be changed and every other byte stays as it is.
 */

/** From its first character to behind its last. */
export type Span = { start: number; end: number }
export type OpenstepValue =
  | (Span & { is: 'text'; text: string })
  | (Span & { is: 'list'; items: OpenstepValue[] })
  | (Span & { is: 'dictionary'; entries: Map<string, OpenstepValue> })
export type OpenstepDictionary = Extract<OpenstepValue, { is: 'dictionary' }>

/** A text that is no such list; `at` is where it stops being one. */
export class NoOpenstep extends Error {
  readonly at: number

  constructor(at: number, expected: string) {
    super(`expected ${expected} at character ${at}`)
    this.name = 'NoOpenstep'
    this.at = at
  }
}

const depthMax = 64

/** Reads one value. Throws NoOpenstep. */
export function readOpenstep(source: string): OpenstepValue {
  let at = 0
  const value = readValue(0)
  skipBlanks()
  if (at < source.length) throw new NoOpenstep(at, 'the end')
  return value

  function skipBlanks(): void {
    for (;;) {
      while (/\s/.test(source[at] ?? '')) at += 1
      if (source.startsWith('//', at)) {
        const end = source.indexOf('\n', at)
        at = end === -1 ? source.length : end
      } else if (source.startsWith('/*', at)) {
        const end = source.indexOf('*/', at + 2)
        if (end === -1) throw new NoOpenstep(at, 'the end of a comment')
        at = end + 2
      } else {
        return
      }
    }
  }

  function readValue(depth: number): OpenstepValue {
    skipBlanks()
    if (depth > depthMax) throw new NoOpenstep(at, 'fewer levels')
    if (source[at] === '{') return readDictionary(depth)
    if (source[at] === '(') return readList(depth)
    return readText()
  }

  function readDictionary(depth: number): OpenstepValue {
    const start = at
    const entries = new Map<string, OpenstepValue>()
    at += 1
    for (;;) {
      skipBlanks()
      if (source[at] === '}') break
      const key = readText()
      expect('=')
      entries.set(key.text, readValue(depth + 1))
      expect(';')
    }
    at += 1
    return { is: 'dictionary', start, end: at, entries }
  }

  function readList(depth: number): OpenstepValue {
    const start = at
    const items: OpenstepValue[] = []
    at += 1
    for (;;) {
      skipBlanks()
      if (source[at] === ')') break
      items.push(readValue(depth + 1))
      skipBlanks()
      if (source[at] === ',') at += 1
      else if (source[at] !== ')') throw new NoOpenstep(at, '"," or ")"')
    }
    at += 1
    return { is: 'list', start, end: at, items }
  }

  function readText(): Extract<OpenstepValue, { is: 'text' }> {
    const start = at
    const quote = source[at]
    if (quote === '"' || quote === "'") {
      at += 1
      while (at < source.length && source[at] !== quote) at += source[at] === '\\' ? 2 : 1
      if (at >= source.length) throw new NoOpenstep(start, 'the end of a text')
      at += 1
      return { is: 'text', start, end: at, text: unescaped(source.slice(start + 1, at - 1)) }
    }
    const bare = /[A-Za-z0-9_./:$-]+/y
    bare.lastIndex = at
    const text = bare.exec(source)?.[0]
    if (text === undefined) throw new NoOpenstep(at, 'a value')
    at += text.length
    return { is: 'text', start, end: at, text }
  }

  function expect(character: string): void {
    skipBlanks()
    if (source[at] !== character) throw new NoOpenstep(at, `"${character}"`)
    at += 1
  }
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' }

const unescaped = (text: string): string =>
  text.replace(/\\([^])/g, (_, character: string) => escapes[character] ?? character)

/** A text as such a list holds it: in quotes where it has to be. */
export const openstepText = (text: string): string =>
  /^[A-Za-z0-9_./]+$/.test(text)
    ? text
    : `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`

/** A change of a text: what stands in a span gives way. */
export type Edit = Span & { to: string }

/** The text with these changes, which do not overlap. */
export function edited(source: string, edits: readonly Edit[]): string {
  let text = source
  for (const { start, end, to } of edits.toSorted((a, b) => b.start - a.start)) {
    text = text.slice(0, start) + to + text.slice(end)
  }
  return text
}
