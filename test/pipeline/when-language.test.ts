import { describe, expect, test } from 'vitest'
import { noFindings } from '../../src/pipeline/findings.ts'
import { readYaml } from '../../src/pipeline/formats/yaml.ts'
import { when } from '../../src/pipeline/language/when.ts'
import { readPipeline } from '../../src/pipeline/read.ts'

/** `when` of a workflow, written below `when:` and indented by two; its problems as line:column. */
function read(written: string) {
  const findings = noFindings()
  const root = readYaml(written, findings)
  const spot = { trail: { up: null, step: 'when' }, findings }
  const value = root === null ? null : when.read(root, spot)
  const problems = findings.problems.map(
    ({ severity, line, column, message, suggestion }) =>
      `${line}:${column} ${severity}: ${message} ${suggestion ?? ''}`,
  )
  return { value, problems }
}

describe('when', () => {
  test.each([
    [
      'condition: not event.pull_request.draft',
      { changeset: null, condition: 'not event.pull_request.draft' },
    ],
    [
      "changeset:\n  includes: ['.']\n  excludes:\n    - '**/*.md'",
      { changeset: { includes: ['.'], excludes: ['**/*.md'] }, condition: null },
    ],
    [
      'changeset: { includes: [android/, Codigo/MobileApp, lib/**] }\ncondition: "true"',
      {
        changeset: { includes: ['android/', 'Codigo/MobileApp', 'lib/**'], excludes: [] },
        condition: 'true',
      },
    ],
    ['condition: true', { changeset: null, condition: 'true' }],
    ['condition: False', { changeset: null, condition: 'False' }],
    ['condition: ${{ inputs.x }}', { changeset: null, condition: '${{ inputs.x }}' }],
    [
      'condition: >\n  (not event.pull_request.draft) and\n  (event.pull_request.labels[0].name == "UI Tests")\n',
      {
        changeset: null,
        condition:
          '(not event.pull_request.draft) and (event.pull_request.labels[0].name == "UI Tests")\n',
      },
    ],
    [
      "changeset: { excludes: ['*.md'] }",
      { changeset: { includes: ['.'], excludes: ['*.md'] }, condition: null },
    ],
    ['changeset:\n  excludes:', { changeset: { includes: ['.'], excludes: [] }, condition: null }],
    ['changeset:\ncondition:', { changeset: null, condition: null }],
  ])('%j', (written, value) => {
    expect(read(written)).toEqual({ value, problems: [] })
  })

  test.each([
    ['condition: event.a && event.b', '1:20 error: "&&" is not known in a condition. Write "and".'],
    [
      'condition: "event.a && event.b"',
      '1:12 error: "&&" is not known in a condition. Write "and".',
    ],
    [
      'condition: event.a\n  && event.b',
      '1:12 error: "&&" is not known in a condition. Write "and".',
    ],
    [
      'condition: env.A == "x" or "y"',
      '1:28 warning: "y" alone is always true here. Write env.A == "y".',
    ],
    [
      'condition: [a]',
      '1:12 error: when.condition must be a condition, found a list. Write one, such as: not event.pull_request.draft',
    ],
    [
      'includes: [lib/]',
      '1:1 warning: "includes" has no effect here: it limits nothing. Move it under "changeset".',
    ],
    ['if: event.a', '1:1 warning: "if" has no effect here: it limits nothing. Write "condition".'],
    [
      'conditon: event.a',
      '1:1 warning: "conditon" is not a key of when; it is ignored. Did you mean "condition"?',
    ],
    [
      'branch_patterns: []',
      '1:1 warning: "branch_patterns" has no effect here. Move it under "triggering" of the workflow.',
    ],
    [
      'changeset: { condition: event.a }',
      '1:14 warning: "condition" has no effect here. Move it out of "changeset", directly under "when".',
    ],
    [
      'changeset: { include: [a] }',
      '1:14 warning: "include" is not a key of a changeset; it is ignored. Did you mean "includes"?',
    ],
    [
      'changeset: { paths: [a] }',
      '1:14 warning: "paths" has no effect here: it limits nothing. Write "includes" with a list.',
    ],
    [
      'changeset: { includes: [] }',
      '1:14 warning: when.changeset.includes is empty, so every file counts. Write "- ." in it if that is meant, or remove it.',
    ],
    [
      'changeset: [lib/]',
      '1:12 error: when.changeset must be a mapping, found a list. Write "includes:" in it, and the list below that.',
    ],
    [
      'changeset: { includes: lib/ }',
      '1:24 error: when.changeset.includes must be a list, found the text "lib/". Write one item a line: "- lib/"',
    ],
    [
      "changeset: { includes: [''] }",
      "1:25 error: when.changeset.includes[0] is empty. Write a folder such as android/, or a pattern such as 'lib/**/*.dart'.",
    ],
    [
      "changeset: { includes: ['!docs/**'] }",
      '1:25 error: when.changeset.includes[0] begins with "!", which turns nothing around here. Write \'docs/**\' under "excludes", or under "includes" if it stands there.',
    ],
    [
      'changeset: { excludes: [../a] }',
      '1:25 error: when.changeset.excludes[0] leads out of the repository with "..". Write the path from its root.',
    ],
    [
      "changeset: { excludes: ['x{1..90000}'] }",
      "1:25 error: when.changeset.excludes[0] cannot be used: its ranges and groups mean too much at once. Write a folder such as android/, or a pattern such as 'lib/**/*.dart'.",
    ],
    [
      `changeset: { excludes: ['${'x'.repeat(501)}'] }`,
      "1:25 error: when.changeset.excludes[0] has more than 500 characters. Write a folder such as android/, or a pattern such as 'lib/**/*.dart'.",
    ],
    [
      'not event.pull_request.draft',
      '1:1 error: when must be a mapping, found the text "not event.pull_request.draft". Write "condition: not event.pull_request.draft" below it.',
    ],
  ])('%j', (written, problem) => {
    expect(read(written).problems).toEqual([problem])
  })
})

describe('a condition with inputs', () => {
  /** The condition of a workflow with a text `t` and a flag `b`, and the problems of the file. */
  function filled(condition: string, t: string | null) {
    const content = [
      'workflows:',
      '  w:',
      '    inputs:',
      '      t: { description: A text }',
      '      b: { description: A flag, type: boolean, default: false }',
      '    scripts: [make]',
      '    when:',
      `      condition: ${condition}`,
    ].join('\n')
    const { pipeline, problems } = readPipeline(content, 'yaml', {
      inputs: { w: t === null ? {} : { t } },
    })
    const told = problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
    return { condition: pipeline?.workflows[0]?.when.condition, told }
  }

  test.each([
    ['${{ inputs.b }}', 'prod', 'false'],
    ['${{ inputs.t }}', 'prod', '"prod"'],
    ['${{ inputs.t }} == "prod" and ${{ inputs.b }}', 'prod', '"prod" == "prod" and false'],
    ['env.A == "${{ inputs.t }}-x"', 'prod', 'env.A == "prod-x"'],
    ['env.A == "${{ inputs.t }}"', '" or "1', 'env.A == "\\" or \\"1"'],
    ["env.A == '${{ inputs.t }}'", "' or '1", "env.A == '\\' or \\'1'"],
    ['env.A == ${{ inputs.t }}', 'x or true', 'env.A == "x or true"'],
    ['env.A == ${{ inputs.t }}', null, 'env.A == ${{ inputs.t }}'],
    ['inputs.t == "prod"', 'prod', 'inputs.t == "prod"'],
  ])('%s with %j: %s', (written, t, condition) => {
    expect(filled(written, t)).toEqual({ condition, told: [] })
  })

  test('is wrong at its beginning once its text is another', () => {
    expect(filled('${{ inputs.b }} && true', null).told).toEqual([
      '8:18 "&&" is not known in a condition.',
    ])
  })
})
