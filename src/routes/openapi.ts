import { z } from 'zod'
import { showJson } from './lib/answer.ts'
import { multipartType } from './lib/body.ts'
import { type Route, route } from './lib/route.ts'
import { uploadField } from './lib/upload.ts'

/** The description of the API, made of the schemas that read its requests. */
export const openapiRoutes = (routes: () => readonly Route[], version: string): Route[] => [
  route({
    method: 'GET',
    path: '/openapi.json',
    guard: 'open',
    does: 'This description',
    run: () => describe(routes(), version),
    api: (description) => showJson(description),
  }),
]

type Operations = Record<string, Record<string, unknown>>

function describe(routes: readonly Route[], version: string) {
  const paths: Operations = {}
  for (const each of routes) {
    if (!each.api) continue
    const path = `/api${each.path.replace(/:(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [each.method.toLowerCase()]: operationOf(each) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Oore', version },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problem },
    },
    paths,
  }
}

function operationOf(each: Route) {
  const names = [...each.path.matchAll(/:(\w+)/g)].map(([, name]) => name)
  const inPath = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const isOpen = each.guard === 'open' || each.guard === 'hook'
  return {
    operationId: nameOf(each),
    summary: each.does,
    security: isOpen ? [] : [{ token: [] }],
    parameters: [...inPath, ...queryOf(each)],
    ...(each.body ? { requestBody: bodyOf(each.body, each.takesFile) } : {}),
    responses: {
      '2XX': { description: 'It worked.' },
      default: {
        description: 'It did not; the detail says why.',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  }
}

/** `POST /builds/:id/cancel` → `post_builds_id_cancel`. */
const nameOf = ({ method, path }: Route): string =>
  `${method.toLowerCase()}${path.replace(/\W+/g, '_')}`

/** A body that is taken as it comes is described where its signature is. */
const bodyOf = (body: z.ZodType | 'raw', takesFile = false) => ({
  required: true,
  content: takesFile
    ? contentWithFile(schemaOf(body as z.ZodType))
    : { 'application/json': { schema: body === 'raw' ? {} : schemaOf(body) } },
})

/** The file is a part of its own in a form, and base64 in JSON. */
function contentWithFile(schema: unknown) {
  const { properties = {}, required = [] } = schema as ObjectSchema
  const { [uploadField]: _file, ...fields } = properties
  const others = required.filter((name) => name !== uploadField)
  const isRequired = others.length < required.length
  const withFile = (name: string, file: object) => ({
    type: 'object',
    properties: { ...fields, [name]: file },
    required: isRequired ? [...others, name] : others,
  })
  return {
    [multipartType]: { schema: withFile(uploadField, { type: 'string', format: 'binary' }) },
    'application/json': {
      schema: withFile('content_base64', { type: 'string', contentEncoding: 'base64' }),
    },
  }
}

type ObjectSchema = { properties?: Record<string, unknown>; required?: string[] }

function queryOf(each: Route) {
  if (!each.query) return []
  const { properties = {}, required = [] } = schemaOf(each.query) as ObjectSchema
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

const schemaOf = (schema: z.ZodType): unknown =>
  // A file is no JSON, and is described beside it.
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'request_id'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
}
