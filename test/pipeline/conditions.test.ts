import { describe, expect, test } from 'vitest'
import { bind } from '../../src/pipeline/conditions/bind.ts'
import { doubtsAbout } from '../../src/pipeline/conditions/doubts.ts'
import { evaluate } from '../../src/pipeline/conditions/evaluate.ts'
import { explainCondition } from '../../src/pipeline/conditions/explain.ts'
import { textOf, type Expression } from '../../src/pipeline/conditions/expression.ts'
import { parseCondition, readBound } from '../../src/pipeline/conditions/parse.ts'
import type { ConditionScope } from '../../src/pipeline/conditions/values.ts'

/** As JSON comes in: `__proto__` is then an own key. */
const event: unknown = JSON.parse(`{
  "action": "labeled",
  "number": 12,
  "zero": 0,
  "huge": 1e999,
  "empty": "",
  "pull_request": {
    "draft": true,
    "labels": [{ "name": "UI Tests" }, { "name": "two" }],
    "milestone": null,
    "assignees": []
  },
  "head-commit": { "odd key": "it's" }
}`)

const scope: ConditionScope = {
  env: { CM_BRANCH: 'main', CM_PULL_REQUEST: 'true', BUILD_NUMBER: '41', TOKEN: 'hunter2' },
  event,
  inputs: { release: false, flavor: 'prod', count: 3 },
}

function parsed(text: string): Expression {
  const read = parseCondition(text)
  if (read.is === 'wrong') throw new Error(`${text} at ${read.offset}: ${read.message}`)
  return read.expression
}

const holds = (text: string, given: ConditionScope = scope) => evaluate(parsed(text), given)

describe('evaluate', () => {
  // Those of the documentation and of real files first.
  test.each([
    ['not event.pull_request.draft', false],
    ['(not event.pull_request.draft) and (event.pull_request.labels[0].name == "UI Tests")', false],
    ['event.pull_request.draft and event.pull_request.labels[0].name == "UI Tests"', true],
    ['event.pull_request_labeled.labels[0].name == "UI Tests"', false],
    ['event.pull_request_labeled.labels[0].name == null', true],
    ['env.CM_BRANCH == "main"', true],
    ["env.CM_BRANCH == 'main'", true],
    ['inputs.release', false],
    ['${{ inputs.release }}', false],
    ['${{ inputs.flavor }} == "prod" and ${{ inputs.count }} == 3', true],
    ['true', true],
    ['false', false],
    ['True and not False and not None', true],
    ['null', false],
    ['"no"', true],
    ['""', false],
    ['0', false],
    ['-1', true],
    ['not not true', true],
    ['not event.action == "labeled"', false],
    ['not event.action == "opened"', true],
    ['true or true and false', true],
    ['(true or true) and false', false],
    ['false and false or true', true],
    ['not true or true', true],
    ['not (true or true)', false],
    ['event.action != "opened"', true],
    ['event["action"] == "labeled"', true],
    ['event["head-commit"]["odd key"] == "it\'s"', true],
    ["event.head-commit[\"odd key\"] == 'it\\'s'", true],
    ['event.pull_request.labels[1].name == "two"', true],
    ['event.pull_request.labels[2].name', false],
    ['event.pull_request.labels["0"]', false],
    ['event.pull_request.labels.length', false],
    ['event.pull_request[0]', false],
    ['event.action[0]', false],
    ['event.pull_request', true],
    ['event.pull_request.labels', true],
    ['event.pull_request.assignees', false],
    ['event.pull_request.milestone == null', true],
    ['event.missing == event.other', true],
    ['event.empty', false],
    ['event.empty == null', false],
    ['event.zero == false', false],
    ['event.zero', false],
    ['event.huge == null', true],
    ['event', true],
    ['env', true],
    ['event.number == 12', true],
    ['event.number == "12"', true],
    ['event.number == 12.0', true],
    ['event.number > 11 and event.number >= 12 and event.number < 13 and event.number <= 12', true],
    ['env.BUILD_NUMBER < 100', true],
    ['env.BUILD_NUMBER == 41', true],
    ['env.BUILD_NUMBER == "41"', true],
    ['"9" < "10"', true],
    ['"a" < "b"', false],
    ['null < 1', false],
    ['env.CM_PULL_REQUEST == true', true],
    ['true == env.CM_PULL_REQUEST', true],
    ['env.CM_PULL_REQUEST == false', false],
    ['env.CM_PULL_REQUEST == "true"', true],
    ['env.CM_TAG == null', true],
    ['env.CM_TAG == ""', false],
    ['true == 1', false],
    ['"null" == null', false],
    ['event.pull_request == event.pull_request', false],
    ['event.pull_request != event.pull_request', true],
    ['event.pull_request == true', false],
    ['(event.number and true) == true', true],
    ['"a\\n\\"\\u0062" == \'a\n"b\'', true],
    ['  not\n  event.pull_request.draft\t', false],
    ['event.not.and.true == null', true],
  ])('%s: %s', (text, expected) => {
    expect(holds(text)).toBe(expected)
  })

  test.each([
    'event.__proto__',
    'event.constructor',
    'event["__proto__"]["polluted"]',
    'event.toString',
    'event.action.length',
    'env.hasOwnProperty',
    'inputs.constructor.name',
    'event.pull_request.labels.push',
  ])('%s is null: nothing but data is found', (text) => {
    expect(holds(`${text} == null`)).toBe(true)
  })

  test('without an event every path into it is null', () => {
    for (const none of [null, undefined, 'text', 7]) {
      const given = { ...scope, event: none }
      expect(holds('event.pull_request.draft == null', given)).toBe(true)
      expect(holds('not event.pull_request.draft', given)).toBe(true)
    }
  })
})

describe('parseCondition', () => {
  test.each([
    ['event.a && event.b', 8, '"&&" is not known in a condition.', 'Write "and".'],
    ['event.a || event.b', 8, '"||" is not known in a condition.', 'Write "or".'],
    ['!event.a', 0, '"!" is not known in a condition.', 'Write "not".'],
    ['event.a = "x"', 8, '"=" is not known in a condition.', 'Write "==".'],
    ['event.a === "x"', 8, '"===" is not known in a condition.', 'Write "==".'],
    ['event.a <> 1', 8, '"<>" is not known in a condition.', 'Write "!=".'],
    ['$CM_BRANCH == "x"', 0, '"$CM_BRANCH" is not known in a condition.', 'Write env.CM_BRANCH.'],
    ['${CM_TAG}', 0, '"${CM_TAG}" is not known in a condition.', 'Write env.CM_TAG.'],
    ['CM_BRANCH == "x"', 0, '"CM_BRANCH" is not known in a condition.', 'Write env.CM_BRANCH.'],
    ['github.ref == "x"', 0, '"github" is not known in a condition.', 'Did you mean "event"?'],
    ['evnt.action', 0, '"evnt" is not known in a condition.', 'Did you mean "event"?'],
    ['input.x', 0, '"input" is not known in a condition.', 'Did you mean "inputs"?'],
    ['branch == "x"', 0, '"branch" is not known in a condition.', 'Did you mean env.CM_BRANCH?'],
    [
      'not pull_request.draft',
      4,
      '"pull_request" is not known in a condition.',
      'Did you mean event.pull_request?',
    ],
    [
      'env.FLAVOR == prod',
      14,
      '"prod" is not known in a condition.',
      'If it is text, write it in quotes: "prod".',
    ],
    ['event.a AND event.b', 8, '"AND" cannot stand here.', 'Write "and".'],
    ['NOT event.a', 0, '"NOT" is not known in a condition.', 'Write "not".'],
    ['event.a == TRUE', 11, '"TRUE" is not known in a condition.', 'Write "true".'],
    ['yes', 0, '"yes" is not known in a condition.', 'Write "true".'],
    ['event.a == not event.b', 11, '"not" cannot stand here.', 'Put it in parentheses: (not …).'],
    ['and event.a', 0, '"and" cannot stand here.', 'Write a value before it.'],
    ['event.a is "x"', 8, '"is" is not known in a condition.', 'Write "==".'],
    [
      '"x" in event.a',
      4,
      '"in" is not known in a condition.',
      'Compare with "==", and join several comparisons by "or".',
    ],
    [
      'contains(event.a, "x")',
      0,
      '"contains" cannot be called: a condition has no functions.',
      'Compare with "==", or test it in a script.',
    ],
    [
      'event.a == "x',
      11,
      'The text that begins here with " is not closed.',
      'Write " where it ends.',
    ],
    [
      "event.a == 'it' s",
      16,
      '"s" cannot follow here.',
      'Write "and", "or" or "==" between two values.',
    ],
    [
      "event.a == 'it's'",
      15,
      '"s" cannot follow here.',
      'Write "and", "or" or "==" between two values.',
    ],
    [
      'not (event.a',
      4,
      'This "(" is not closed: the condition ends before ")".',
      'Write ")" where it ends.',
    ],
    [
      '(event.a "x")',
      0,
      'This "(" is not closed: the text "x" comes before ")".',
      'Write ")" where it ends.',
    ],
    ['event.a)', 7, 'This ")" closes nothing.', 'Remove it, or write "(" before it.'],
    [
      'event.a[0',
      7,
      'This "[" is not closed: the condition ends before "]".',
      'Write "]" where it ends.',
    ],
    [
      'event.a[name]',
      8,
      'In "[…]" stands a number from 0 or a key in quotes, not "name".',
      'Write ["name"].',
    ],
    [
      'event.a[-1]',
      8,
      'In "[…]" stands a number from 0 or a key in quotes, not "-1".',
      'Write [0] or ["key"].',
    ],
    ['event.labels.0', 13, 'After "." stands a name, not "0".', 'Write [0].'],
    ['event.', 6, 'After "." stands a name, not the end.', 'Write a name after it.'],
    [
      'event.a ==',
      10,
      '"==" has nothing to compare with: the condition ends here.',
      'Write a path such as event.action, text in quotes, a number, true, false or null.',
    ],
    [
      'event.a and',
      11,
      'A value is missing: the condition ends here.',
      'Write a path such as event.action, text in quotes, a number, true, false or null.',
    ],
    [
      'event.a == 1 == 2',
      13,
      'A second "==" follows: a comparison has two sides.',
      'Write "and" between two comparisons: a == b and b == c',
    ],
    [
      'env.V == 1.2.3',
      9,
      '1.2 with another "." is no number.',
      'Write a version as text, in quotes: "1.2.3".',
    ],
    [
      'event.a == "\\d"',
      12,
      '"\\d" means nothing in a text.',
      'For a backslash write two: "\\\\".',
    ],
    ['1e999', 0, 'The number 1e999 is too large.', 'Write it in quotes, as text.'],
    [
      'event.a == “x”',
      11,
      '"“" is not known in a condition.',
      'Write text in straight quotes: "…".',
    ],
    ['', 0, 'The condition is empty.', 'Write one, such as: not event.pull_request.draft'],
    [' \n', 0, 'The condition is empty.', 'Write one, such as: not event.pull_request.draft'],
    [
      '${{ inputs.a',
      0,
      'This "${{" is not closed: the condition ends before "}}".',
      'Write "}}" where it ends.',
    ],
  ])('%j is wrong at %i: %s', (text, offset, message, suggestion) => {
    expect(parseCondition(text)).toEqual({ is: 'wrong', offset, message, suggestion })
  })

  test.each([
    ['event.a + 1', 8, '"+" is not known in a condition.'],
    ['{{ event.a }}', 0, '"{" is not known in a condition.'],
    ['event.a == `x`', 11, '"`" is not known in a condition.'],
    ['😀', 0, '"😀" is not known in a condition.'],
    ['widget', 0, '"widget" is not known in a condition.'],
    ['event.a =~ "x"', 8, '"=~" is not known in a condition.'],
    ['a, b', 0, '"a" is not known in a condition.'],
  ])('%j is wrong at %i, with advice', (text, offset, message) => {
    const read = parseCondition(text)
    expect(read).toMatchObject({ is: 'wrong', offset, message })
    expect(read.is === 'wrong' && read.suggestion).toMatch(/\.$/)
  })

  test.each([
    ['parentheses', '('.repeat(100_000)],
    ['negations', 'not '.repeat(25_000)],
    ['parentheses within the length', '('.repeat(1_999)],
    ['negations within the length', `${'not '.repeat(490)}true`],
    ['closed parentheses', `${'('.repeat(65)}true${')'.repeat(65)}`],
    ['brackets', `event${'['.repeat(1_900)}`],
    ['a quote', `"${'x'.repeat(1_900)}`],
  ])('%s without end are refused, quickly', (_, text) => {
    const start = process.cpuUsage().user
    expect(parseCondition(text).is).toBe('wrong')
    expect(process.cpuUsage().user - start).toBeLessThan(50_000)
  })

  test('what is long or deep and allowed is evaluated', () => {
    expect(holds(`${'('.repeat(64)}true${')'.repeat(64)}`)).toBe(true)
    expect(holds(`${'not '.repeat(64)}true`)).toBe(true)
    expect(holds('true and '.repeat(200) + 'true')).toBe(true)
    expect(holds(`event${'.a'.repeat(900)} == null`)).toBe(true)
    expect(holds(`event${'[0]'.repeat(600)} == null`)).toBe(true)
  })
})

describe('explainCondition', () => {
  const why = (text: string, given = scope) =>
    explainCondition(parsed(text), given, (name) => name === 'TOKEN')

  test.each([
    [
      'not event.pull_request.draft',
      'not event.pull_request.draft is false: event.pull_request.draft is true.',
    ],
    [
      '(not event.pull_request.draft) and (event.pull_request.labels[0].name == "UI Tests")',
      'not event.pull_request.draft and event.pull_request.labels[0].name == "UI Tests" is ' +
        'false: event.pull_request.draft is true.',
    ],
    [
      'event.pull_request_labeled.labels[0].name == "UI Tests"',
      'event.pull_request_labeled.labels[0].name == "UI Tests" is false: there is no ' +
        'event.pull_request_labeled, so event.pull_request_labeled.labels[0].name is null.',
    ],
    [
      'env.CM_BRANCH == "main" and inputs.release',
      'env.CM_BRANCH == "main" and inputs.release is false: inputs.release is false.',
    ],
    [
      'env.CM_BRANCH == "main" or inputs.release',
      'env.CM_BRANCH == "main" or inputs.release is true: env.CM_BRANCH is "main".',
    ],
    [
      'env.CM_TAG or inputs.release',
      'env.CM_TAG or inputs.release is false: env.CM_TAG is not set, inputs.release is false.',
    ],
    ['env.TOKEN == "x"', 'env.TOKEN == "x" is false: the value of env.TOKEN is secret.'],
    [
      'event.pull_request.assignees',
      'event.pull_request.assignees is false: event.pull_request.assignees is empty.',
    ],
    ['false', 'The condition is always false.'],
  ])('%s', (text, sentence) => {
    expect(why(text)).toBe(sentence)
  })

  test('says that there was no event, and tells no more than can be read', () => {
    const alone = { ...scope, event: null }
    expect(why('not event.pull_request.draft', alone)).toBe(
      'not event.pull_request.draft is true: no event started this build.',
    )
    const many = Array.from({ length: 9 }, (_, n) => `event.k${n} == "${'x'.repeat(90)}"`)
    const long = {
      ...scope,
      event: Object.fromEntries(many.map((_, n) => [`k${n}`, 'y'.repeat(9_000)])),
    }
    expect(why(many.join(' or '), long)).toMatch(/, and 5 more\.$/)
    expect(why(many.join(' or '), long).length).toBeLessThan(600)
  })
})

describe('bind', () => {
  const bound = (text: string, known: Partial<ConditionScope>) => bind(parsed(text), known)

  test.each([
    ['not event.pull_request.draft', 'false'],
    ['event.action == "labeled" and env.CM_BRANCH == "main"', 'env.CM_BRANCH == "main"'],
    ['event.action == "opened" and env.CM_BRANCH == "main"', 'false'],
    ['event.action == "labeled" or env.A', 'true'],
    ['event.action == env.ACTION', '"labeled" == env.ACTION'],
    ['event.pull_request and env.A', 'env.A'],
    ['event.pull_request == env.A', 'false'],
    ['env.A != event.pull_request.labels', 'true'],
    ['(event.number and env.A) == env.B', '(true and env.A) == env.B'],
    ['not (env.A or event.missing)', 'not env.A'],
    ['env.A and (env.B or env.C)', 'env.A and (env.B or env.C)'],
    ['inputs.x', 'inputs.x'],
  ])('%s with the event: %s', (text, expected) => {
    expect(bound(text, { event })).toBe(expected)
  })

  test('a build without an event knows that there is none', () => {
    expect(bound('event.a == null and env.A', { event: null })).toBe('env.A')
  })

  test('text of an event is text again, whatever is in it', () => {
    for (const body of ['" or true or "', "'", '\\', '\n\u2028\ud800\u0000', '${{ inputs.x }}']) {
      const text = bound('event.body == env.A', { event: { body } })
      const given = { ...scope, event: null }
      expect(evaluate(readBound(text), { ...given, env: { A: body } })).toBe(true)
      expect(evaluate(readBound(text), { ...given, env: { A: 'other' } })).toBe(false)
    }
  })

  test('a text of thousands of characters is not carried into a plan', () => {
    const known = { event: { body: 'x'.repeat(9_000) } }
    expect(() => bound('event.body == env.A', known)).toThrow(/Compare shorter texts/)
    expect(bound('event.body == "short" or env.A', known)).toBe('env.A')
  })

  test('gives what the condition itself would have given, and so does its text', () => {
    const next = random(20261121)
    for (let round = 0; round < 1_500; round += 1) {
      const expression = anyExpression(next, 4)
      const [env, bit] = [{ A: 'true', B: '', C: '12' }, () => next(2) === 1]
      const whole: ConditionScope = {
        env,
        event: bit() ? anyEvent(next) : null,
        inputs: { x: bit() },
      }
      const known: Partial<ConditionScope> = {
        ...(bit() && { event: whole.event }),
        ...(bit() && { env: whole.env }),
        ...(bit() && { inputs: whole.inputs }),
      }
      const rest: ConditionScope = {
        env: known.env ? {} : whole.env,
        event: 'event' in known ? null : whole.event,
        inputs: known.inputs ? {} : whole.inputs,
      }
      const expected = evaluate(expression, whole)
      const text = bind(expression, known)
      expect({ text, is: evaluate(readBound(text), rest) }).toEqual({ text, is: expected })
      expect(evaluate(parsed(textOf(expression)), whole)).toBe(expected)
      if (Object.keys(known).length === 3) expect(text).toBe(String(expected))
    }
  })
})

describe('doubtsAbout', () => {
  test.each([
    ['event.a == "x" or "y"', 18, '"y" alone is always true here.', 'Write event.a == "y".'],
    ['not "y"', 4, '"y" alone is always true here.', 'Compare it with something, or remove it.'],
    ['env.A.b == 1', 0, 'env.A.b is always null: env.A holds nothing below it.', 'Write env.A.'],
    [
      'event.a and not env.CM_PULL_REQUEST',
      16,
      'env.CM_PULL_REQUEST is the text "true" or "false", and either counts as true.',
      'Write env.CM_PULL_REQUEST == true.',
    ],
  ])('%s', (text, offset, message, suggestion) => {
    expect(doubtsAbout(parsed(text))).toEqual([{ offset, message, suggestion }])
  })

  test.each(['true', 'false or env.CM_TAG', 'env.CM_PULL_REQUEST == "true"', 'event.a.b[0]'])(
    'none about %s',
    (text) => {
      expect(doubtsAbout(parsed(text))).toEqual([])
    },
  )
})

/** Whole numbers below a bound, the same in every run (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type Next = (below: number) => number

const pick = <T>(next: Next, of: readonly T[], otherwise: T): T => of[next(of.length)] ?? otherwise

function anyEvent(next: Next): unknown {
  const values = [null, true, false, 0, 12, -1.5, '', 'true', '12', 'o\'"', [], ['x'], {}, { k: 1 }]
  const value = () => pick<unknown>(next, values, null)
  return { a: value(), b: { 'c d': value() }, l: [value(), value()] }
}

function anyExpression(next: Next, depth: number): Expression {
  const kind = depth === 0 ? next(2) : next(6)
  const inside = () => anyExpression(next, depth - 1)
  const several = () => Array.from({ length: 2 + next(2) }, inside)
  switch (kind) {
    case 0: {
      const values = [null, true, false, 0, 12, -1.5, 1e21, '', 'true', '12', '\\"\'']
      return { is: 'literal', value: pick<(typeof values)[number]>(next, values, null), offset: 0 }
    }
    case 1: {
      const paths = [
        'event.a',
        'event.b["c d"]',
        'event.l[1]',
        'event.no',
        'event',
        'env.A',
        'env.B',
        'env.C',
        'inputs.x',
      ]
      return parsed(pick(next, paths, 'event'))
    }
    case 2:
      return { is: 'not', of: inside() }
    case 3:
      return { is: 'and', of: several() }
    case 4:
      return { is: 'or', of: several() }
    default: {
      const operator = pick(next, ['==', '!=', '<', '<=', '>', '>='] as const, '==')
      return { is: 'compare', operator, left: inside(), right: inside() }
    }
  }
}
