import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import { problemText, readPipeline } from '../../src/pipeline/read.ts'
import { explain } from '../../src/pipeline/triggers.ts'
import { cases, contentOf } from './golden.ts'

const rounds = 1500
const seed = 20261120

const originals = cases('plan').map((name) => contentOf('plan', `${name}.yml`))

/** Pieces that mean something to YAML or to us; mutations put them where they do not belong. */
const pieces = [
  ...[
    '\t',
    '\n',
    '  ',
    ' ',
    ':',
    ': ',
    '- ',
    '? ',
    '|',
    '>',
    '|-',
    '&a ',
    '*a',
    '*',
    '<<: ',
    '!x ',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '#',
    ' #',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\\',
    '\0',
    '\r',
  ],
  ...['\ufeff', '\u2028', '\ud800', '@', '`', '~', 'null', 'true', '3.10', '__proto__: x\n', '../'],
  ...[
    'workflows:',
    'scripts:',
    'triggering:',
    'events: [push]',
    'pattern: *',
    'cat <<EOF\n',
    'é',
    '😀',
  ],
]

describe('readPipeline, with mutations of good files', () => {
  test('it never throws, and every place is inside the file', () => {
    const random = generator(seed)
    let broken = 0
    for (let round = 0; round < rounds; round += 1) {
      const content = mutate(originals[random(originals.length)] ?? '', random)
      try {
        broken += hold(content)
      } catch (thrown) {
        throw new Error(`Seed ${seed}, round ${round}:\n${content}`, { cause: thrown })
      }
    }
    // Mutations that never break anything would prove nothing.
    expect(broken).toBeGreaterThan(rounds / 10)
  })
})

/** Checks one content; 1 if it had an error. */
function hold(content: string): number {
  const { pipeline, problems } = readPipeline(content, 'yaml')
  const lines = content.replace(/^\ufeff/, '').split(/\r?\n/)
  for (const problem of problems) {
    const { line, column, message, path, workflow } = problem
    if (line !== null) {
      expect(line).toBeGreaterThanOrEqual(1)
      expect(line).toBeLessThanOrEqual(lines.length)
      expect(column).toBeGreaterThanOrEqual(1)
      expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1)
    }
    expect(message).toMatch(/\.$/)
    if (workflow !== null) expect(path).toMatch(/^workflows/)
    expect(problemText(problem, 'oore.yaml', content)).toContain(message)
  }
  const unsound = problems.filter(({ severity }) => severity === 'error')
  for (const workflow of pipeline?.workflows ?? []) {
    expect(unsound.some((problem) => problem.workflow === workflow.id)).toBe(false)
    const plan = makePlan(workflow)
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
    for (const step of plan.steps) expect(step.name).not.toBe('')
  }
  if (pipeline === null) expect(unsound).not.toEqual([])
  else explain(pipeline, { type: 'push', branch: 'feature/x', commitMessage: content })
  return unsound.length === 0 ? 0 : 1
}

type Random = (below: number) => number

function mutate(content: string, random: Random): string {
  let mutated = content
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const at = random(mutated.length + 1)
    const kind = random(5)
    const length = random(12)
    const piece = pieces[random(pieces.length)] ?? ''
    if (kind === 0) mutated = mutated.slice(0, at) + piece + mutated.slice(at)
    else if (kind === 1) mutated = mutated.slice(0, at) + mutated.slice(at + length)
    else if (kind === 2) mutated = mutated.slice(0, at) + piece + mutated.slice(at + length)
    else if (kind === 3) mutated = swapLines(mutated, random)
    else mutated = mutated.slice(0, at) + mutated.slice(random(mutated.length + 1))
  }
  return mutated
}

function swapLines(content: string, random: Random): string {
  const lines = content.split('\n')
  const one = random(lines.length)
  const other = random(lines.length)
  const kept = lines[one] ?? ''
  lines[one] = lines[other] ?? ''
  lines[other] = kept
  return lines.join('\n')
}

/** A small generator (mulberry32): the same numbers for the same seed on every machine. */
function generator(start: number): Random {
  let state = start
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
