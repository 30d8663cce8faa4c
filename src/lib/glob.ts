import type { CharTest } from './glob-class.ts'
import { readGlob, type Part } from './glob-syntax.ts'

export type GlobOptions = {
  /** `*` and `!(…)` match `/` as well. `**` does always, `?` and `[…]` never. */
  crossesSlash: boolean
  /** A leading `!` turns the whole answer around. */
  leadingNot?: boolean
  /** Wildcards match a dot at the start of a name too. */
  matchesHidden?: boolean
}

/** What matching cost; the tests hold it against its bound. */
export type GlobTrace = { isMatch: boolean; steps: number }

const patternCharsMax = 1000
const statesMax = 2000
/** What `!(…)` may take on top of states × characters, which is the most anything else takes. */
const extraStepsMax = 500_000

/**
 * A matcher for a glob: `*`, `**`, `?`, `[…]`, `{a,b}`, `{1..3}`, `!(…)`, `@(…)`, `?(…)`, `*(…)`,
 * `+(…)` and `\`. A wildcard does not match a dot at the start of a name unless told to. A text that is written
 * as the pattern is always matches; the empty text never. Takes time in proportion to the length
 * of the pattern times that of the text, whatever they are: the patterns come from repositories,
 * and no regular expression of JavaScript could promise that. A pattern with a `globTrouble`
 * matches nothing, and so does a text that takes too many `!(…)` to decide.
 */
export function compileGlob(pattern: string, options: GlobOptions): (text: string) => boolean {
  const trace = traceGlob(pattern, options)
  return (text) => trace(text).isMatch
}

/** Half a sentence on why a pattern is refused, or null. */
export function globTrouble(pattern: string): string | null {
  if (pattern.length > patternCharsMax) return `it is longer than ${patternCharsMax} characters`
  return programOf(pattern, true) === null ? 'its ranges and groups mean too much at once' : null
}

/** `compileGlob` that also tells how many steps the answer took. */
export function traceGlob(pattern: string, options: GlobOptions): (text: string) => GlobTrace {
  const marks = options.leadingNot === true ? (/^(?:!(?!\())+/.exec(pattern)?.[0].length ?? 0) : 0
  const program = programOf(pattern.slice(marks), options.crossesSlash)
  const isTurned = marks % 2 === 1
  return (text) => {
    if (text === '' || program === null) return { isMatch: false, steps: 0 }
    if (text === pattern) return { isMatch: true, steps: 0 }
    const run = createRun(program, [...text], options.matchesHidden === true)
    const isMatch = run.endsFrom(program.start, 0).has(run.length)
    const steps = run.steps()
    return { isMatch: steps <= run.stepsMax && isMatch !== isTurned, steps }
  }
}

/**
 * A glob as the directory it begins at, free of escapes, and what to look for below that; `glob` is
 * empty where the whole names one path.
 */
export function splitGlob(pattern: string): { base: string; glob: string } {
  const segments = pattern.split('/')
  const first = segments.findIndex((segment) => /[*?[{]|[!@+]\(/.test(segment))
  const baseSegments = first === -1 ? segments : segments.slice(0, first)
  return {
    base: baseSegments.join('/').replace(/\\(.)/g, '$1'),
    glob: first === -1 ? '' : segments.slice(first).join('/'),
  }
}

type State =
  | { is: 'end' }
  | { is: 'one'; accepts: CharTest; takesHidden: boolean; next: number }
  | { is: 'visible'; next: number }
  | { is: 'split'; next: number[] }
  | { is: 'not'; inner: number; crossesSlash: boolean; next: number }

type Program = { states: State[]; start: number }

/** The pattern as a machine with a fixed set of states (Thompson, 1968); null where it is refused. */
function programOf(pattern: string, crossesSlash: boolean): Program | null {
  if (pattern.length > patternCharsMax) return null
  const parts = readGlob(pattern, crossesSlash)
  if (parts === null) return null
  const states: State[] = []
  const add = (state: State): number => states.push(state) - 1
  const start = addSequence(parts, add({ is: 'end' }))
  return states.length > statesMax ? null : { states, start }

  function addSequence(sequence: Part[], next: number): number {
    return sequence.reduceRight((after, part) => addPart(part, after), next)
  }

  function addPart(part: Part, next: number): number {
    if (part.is === 'one') {
      return add({ is: 'one', accepts: part.accepts, takesHidden: part.takesHidden, next })
    }
    if (part.is === 'visible') return add({ is: 'visible', next })
    if (part.is === 'not') {
      const inner = addChoice(part.alternatives, add({ is: 'end' }))
      return add({ is: 'not', inner, crossesSlash: part.crossesSlash, next })
    }
    if (part.repeats === 'once') return addChoice(part.alternatives, next)
    if (part.repeats === 'at most once') {
      return add({ is: 'split', next: [addChoice(part.alternatives, next), next] })
    }
    const again: State = { is: 'split', next: [next] }
    const loop = add(again)
    const body = addChoice(part.alternatives, loop)
    again.next.push(body)
    return part.repeats === 'at least once' ? body : loop
  }

  function addChoice(alternatives: Part[][], next: number): number {
    return add({ is: 'split', next: alternatives.map((one) => addSequence(one, next)) })
  }
}

/** One text against one program: each state is visited at most once at each position. */
function createRun({ states }: Program, text: readonly string[], matchesHidden: boolean) {
  const width = text.length + 1
  const stepsMax = states.length * width + extraStepsMax
  const known = new Map<number, Set<number>>()
  let steps = 0

  /** The positions at which a machine entered at `start` can end when it begins at `from`. */
  function endsFrom(start: number, from: number): Set<number> {
    const ends = new Set<number>()
    const seen = new Set<number>()
    const pending: number[] = []
    const enter = (state: number, at: number): void => {
      const visit = state * width + at
      if (seen.has(visit)) return
      seen.add(visit)
      pending.push(visit)
    }
    enter(start, from)
    for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
      steps += 1
      if (steps > stepsMax) return new Set()
      const at = visit % width
      const state = states[(visit - at) / width]
      if (state?.is === 'end') ends.add(at)
      else if (state?.is === 'one' && accepts(state, at)) enter(state.next, at + 1)
      else if (state?.is === 'split') for (const next of state.next) enter(next, at)
      else if (state?.is === 'visible') {
        if (!isHidden(at)) enter(state.next, at)
      } else if (state?.is === 'not') {
        const excluded = knownEnds(state.inner, at)
        for (let end = at; end < width; end += 1) {
          steps += 1
          if (!excluded.has(end)) enter(state.next, end)
          if (text[end] === '/' && !state.crossesSlash) break
        }
      }
    }
    return ends
  }

  function knownEnds(start: number, from: number): Set<number> {
    const key = start * width + from
    const ends = known.get(key) ?? endsFrom(start, from)
    known.set(key, ends)
    return ends
  }

  function accepts(state: { accepts: CharTest; takesHidden: boolean }, at: number): boolean {
    const char = text[at]
    return char !== undefined && (state.takesHidden || !isHidden(at)) && state.accepts(char)
  }

  function isHidden(at: number): boolean {
    return !matchesHidden && text[at] === '.' && (at === 0 || text[at - 1] === '/')
  }

  return { endsFrom, length: text.length, stepsMax, steps: () => steps }
}
