import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { explain } from '../../src/pipeline/triggers.ts'
import { cases, contentOf } from './golden.ts'

const rounds = 800
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
    const failures: { round: number; content: string; faults: string[] }[] = []
    let broken = 0
    for (let round = 0; round < rounds; round += 1) {
      const content = mutate(originals[random(originals.length)] ?? '', random)
      const faults = faultsOf(content)
      if (faults.length > 0) failures.push({ round, content, faults })
      if (readPipeline(content, 'yaml').pipeline === null) broken += 1
    }
    expect(failures).toEqual([])
    // Mutations that never break anything would prove nothing.
    expect(broken).toBeGreaterThan(rounds / 10)
  })
})

/** Everything that must hold of any content, and does not. */
function faultsOf(content: string): string[] {
  const { pipeline, problems } = readPipeline(content, 'yaml')
  const lines = content.replace(/^\ufeff/, '').split(/\r?\n/)
  const faults: string[] = []
  for (const problem of problems) {
    const { line, column, message, path, workflow } = problem
    const length = lines[(line ?? 0) - 1]?.length
    const isInside = length !== undefined && column !== null && column >= 1 && column <= length + 1
    if (line !== null && !isInside) faults.push(`${line}:${column} is outside: ${message}`)
    if (!message.endsWith('.')) faults.push(`no sentence: ${message}`)
    if (workflow !== null && !path.startsWith('workflows')) faults.push(`strange path: ${path}`)
    if (!problemText(problem, 'oore.yaml').includes(message)) faults.push('untold')
  }
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (pipeline === null && errors.length === 0) faults.push('no pipeline, and no error says why')
  for (const workflow of pipeline?.workflows ?? []) {
    if (errors.some((each) => each.workflow === workflow.id)) faults.push('an unsound workflow')
    const plan = makePlan(workflow)
    if (JSON.stringify(JSON.parse(JSON.stringify(plan))) !== JSON.stringify(plan))
      faults.push('plan')
    if (plan.steps.some((step) => step.name === '')) faults.push('a step without a name')
  }
  const event = {
    type: 'push',
    branch: 'feature/x',
    commitMessage: content,
    changedFiles: null,
    payload: null,
  } as const
  if (pipeline !== null && explain(pipeline, event).some(({ reason }) => !reason.endsWith('.'))) {
    faults.push('a reason that is no sentence')
  }
  return faults
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
