import { parse } from 'yaml'
import type { JsonSchema } from './json-schema.ts'
import { scriptItems } from './language/script-items.ts'
import { when } from './language/when.ts'
import { workflowShape } from './language/workflow.ts'

/**
 * The language as a JSON schema, draft 2020-12, for editors: made of the shapes that read it. It
 * refuses nothing that is read without an error. What no schema can say (which keys exclude each
 * other, whether an alias leads anywhere) it leaves to the checker. Unknown keys pass, since they
 * are only warnings; `$id` is relative, since every server has its own address.
 */
export function pipelineSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'oore.schema.json',
    title: 'Configuration of Oore (oore.yaml, codemagic.yaml)',
    type: 'object',
    properties: {
      workflows: {
        description: 'By its id, each workflow. An event may start several.',
        type: 'object',
        additionalProperties: { $ref: '#/$defs/workflow' },
      },
      definitions: {
        description: 'A place for YAML anchors (`&name`). It is never run.',
      },
    },
    required: ['workflows'],
    $defs: Object.fromEntries(
      Object.entries(repeated).map(([name, schema]) => [name, published(schema, schema)]),
    ),
  }
}

/** What stands in several places, or would hide the outline: told once, by name. */
const repeated: Record<string, JsonSchema> = {
  workflow: workflowShape.schema,
  scripts: scriptItems.schema,
  script_item: scriptItems.items?.schema ?? {},
  when: when.schema,
}

/** A schema for others to read: what is repeated by reference, and examples as values. */
function published(schema: JsonSchema, top: JsonSchema): JsonSchema {
  const name = Object.keys(repeated).find((each) => repeated[each] === schema)
  if (name !== undefined && schema !== top) return { $ref: `#/$defs/${name}` }
  const { example, properties, items, additionalProperties, anyOf, ...rest } = schema
  const inner = (each: JsonSchema) => published(each, top)
  return {
    ...rest,
    ...(example === undefined ? {} : { examples: [valueOf(example)] }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, inner) }),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'boolean'
              ? additionalProperties
              : inner(additionalProperties),
        }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(inner).flatMap(alternatives) }),
  }
}

/** A choice within a choice is one choice. */
const alternatives = (schema: JsonSchema): JsonSchema[] =>
  schema.anyOf !== undefined && Object.keys(schema).length === 1 ? schema.anyOf : [schema]

const mapValues = <T, U>(of: Record<string, T>, to: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value)]))

/** Of `name: value` the value. */
function valueOf(example: string): unknown {
  const [value] = Object.values(parse(example) as Record<string, unknown>)
  return value
}
