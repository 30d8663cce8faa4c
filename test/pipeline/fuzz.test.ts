import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { explain } from '../../src/pipeline/triggers.ts'
import { cases, contentOf } from './golden.ts'
import { generator, mutate } from './random.ts'

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
      const content = mutate(originals[random(originals.length)] ?? '', pieces, random)
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
