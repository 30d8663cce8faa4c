import { z } from 'zod'
import { showJson } from './lib/answer.ts'
import { type Route, route } from './lib/route.ts'

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
    ...(each.body ? { requestBody: bodyOf(each.body) } : {}),
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
const bodyOf = (body: z.ZodType | 'raw') => ({
  required: true,
  content: { 'application/json': { schema: body === 'raw' ? {} : schemaOf(body) } },
})

function queryOf(each: Route) {
  if (!each.query) return []
  const { properties = {}, required = [] } = schemaOf(each.query) as {
    properties?: Record<string, unknown>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

const schemaOf = (schema: z.ZodType): unknown => z.toJSONSchema(schema, { io: 'input' })

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
