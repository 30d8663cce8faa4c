import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { JsonSchema } from '../../src/pipeline/json-schema.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { pipelineSchema } from '../../src/pipeline/schema.ts'
import { cases, contentOf, folders } from './golden.ts'
import { sectionsOf } from './reference.ts'

const schema = pipelineSchema()
// zod reads a JSON schema; what only people read (and a relative `$id`) is nothing to it.
const { $id: _, ...withoutId } = schema
const validator = z.fromJSONSchema(JSON.parse(JSON.stringify(withoutId)))

const entries = sectionsOf().flatMap((section) => section.entries)

/** As an editor sees the file. Braces in keys and the like are no matter of the schema. */
const valueOf = (content: string): unknown =>
  parse(content, { merge: true, uniqueKeys: false, logLevel: 'silent' })

const refusalsOf = (content: string): string[] => {
  const { error } = validator.safeParse(valueOf(content))
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('pipelineSchema', () => {
  test('has every key of the language where it stands, with what it does and an example', () => {
    for (const { path, name, key } of entries) {
      const found = schemasAt(schema, ['workflows', ...path.split('.').slice(1)])
      const own = found.filter(({ description }) => description === key.says)
      expect({ path, found: own.length > 0 }).toEqual({ path, found: true })
      const [only] = Object.values(parse(key.example) as Record<string, unknown>)
      for (const each of own)
        expect({ name, examples: each.examples }).toEqual({ name, examples: [only] })
    }
  })

  test('names no host and leads nowhere', () => {
    expect(schema.$id).toBe('oore.schema.json')
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g)]
    const names = new Set(references.map(([, name]) => name ?? ''))
    expect([...names].toSorted()).toEqual(Object.keys(schema.$defs ?? {}).toSorted())
  })

  test.each(entries.map(({ path, example }) => [path, example] as const))(
    'accepts the example of %s',
    (_, example) => {
      expect(refusalsOf(example)).toEqual([])
    },
  )

  test.each(folders.flatMap((folder) => cases(folder).map((name) => `${folder}/${name}.yml`)))(
    'accepts %s, unless it is read with an error',
    (name) => {
      const content = contentOf('.', name)
      const { problems } = readPipeline(content, 'yaml')
      if (problems.some(({ severity }) => severity === 'error')) return
      expect(refusalsOf(content)).toEqual([])
    },
  )

  test.each([
    ['no workflows', 'definitions: {}'],
    ['workflows as a list', 'workflows: [{ scripts: [make] }]'],
    ['a name that is a list', 'workflows: { a: { name: [x] } }'],
    ['a duration out of range', 'workflows: { a: { max_build_duration: 1441 } }'],
    ['an unknown event', 'workflows: { a: { triggering: { events: [pushed] } } }'],
    [
      'a pattern that is missing',
      'workflows: { a: { triggering: { branch_patterns: [{ include: false }] } } }',
    ],
    ['a step without a script', 'workflows: { a: { scripts: [{ name: Test }] } }'],
    [
      'an unknown type of input',
      'workflows: { a: { inputs: { x: { description: X, type: text } } } }',
    ],
    ['a variable that is a list', 'workflows: { a: { environment: { vars: { A: [b] } } } }'],
    ['a variable with a bad name', 'workflows: { a: { environment: { vars: { A-B: b } } } }'],
    [
      'an unknown distribution',
      'workflows: { a: { environment: { ios_signing: { distribution_type: store } } } }',
    ],
    ['a cache that is a list', 'workflows: { a: { cache: [~/.pub-cache] } }'],
    [
      'a rollout beyond everybody',
      'workflows: { a: { publishing: { google_play: { rollout_fraction: 2 } } } }',
    ],
  ])('refuses %s', (_, content) => {
    expect(refusalsOf(content)).not.toEqual([])
  })
})

/** The schemas that may hold at a path, through references and alternatives. */
function schemasAt(from: JsonSchema, steps: string[]): JsonSchema[] {
  let at = [from]
  for (const step of steps) {
    const [, name = '', items = ''] = /^(.*?)((?:\[\])?)$/.exec(step) ?? []
    at = at.flatMap(alternatives).flatMap((each) => belowOf(each, name))
    if (items !== '')
      at = at.flatMap(alternatives).flatMap((each) => (each.items ? [each.items] : []))
  }
  return at
}

function alternatives(of: JsonSchema): JsonSchema[] {
  const name = of.$ref?.replace('#/$defs/', '')
  const own = name === undefined ? of : schema.$defs?.[name]
  return own === undefined ? [] : [own, ...(own.anyOf ?? []).flatMap(alternatives)]
}

function belowOf({ properties, additionalProperties }: JsonSchema, name: string): JsonSchema[] {
  if (name === '<id>') return typeof additionalProperties === 'object' ? [additionalProperties] : []
  const property = properties?.[name]
  return property === undefined ? [] : [property]
}
