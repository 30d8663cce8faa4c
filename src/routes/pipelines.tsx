import { z } from 'zod'
import type { Ctx } from '../core/ctx.ts'
import { convertPipeline } from '../core/pipelines/convert.ts'
import { explainPipeline, explainRepository } from '../core/pipelines/explain.ts'
import { showPipeline } from '../core/pipelines/show.ts'
import { dropPipeline, storePipeline } from '../core/pipelines/store.ts'
import { type Validation, validatePipeline } from '../core/pipelines/validate.ts'
import { showRepository } from '../core/repositories/find.ts'
import { isoTimeOrNull } from '../lib/clock.ts'
import { OoreError } from '../lib/errors.ts'
import { type Answer, showJson, showNothing } from './lib/answer.ts'
import { configuration, contentLengthMax, format, newVersion } from './lib/configuration.ts'
import { eventBody, eventInForm, eventQuery, eventValues, happenedIn } from './lib/event.ts'
import { readBody } from './lib/input.ts'
import { pipelineVersionJson } from './lib/json.ts'
import { showInUse } from './lib/pipeline-page.tsx'
import { type Call, type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'

const conversion = z.strictObject({
  from: format,
  to: format,
  content: configuration.shape.content,
})

const explainBody = z.strictObject({
  /** Of what is sent as content. */
  format: format.default('yaml'),
  content: z.string().max(contentLengthMax).optional(),
  repository_id: z.string().optional(),
  event: eventBody,
})

/** What repositories build: the configuration in force, checks of others, and what events start. */
export const pipelineRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/repositories/:id/pipeline',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'The configuration that the next build of the default branch would use',
    run: async (call) => {
      // The page says too why there is none, and the history beside it.
      if (call.face === 'page') return null
      return showPipeline(call.ctx, call.id())
    },
    api: (found) =>
      showJson(
        found && {
          source: found.source,
          format: found.format,
          content: found.content,
          file_name: found.fileName,
          version: found.version,
          updated_at: isoTimeOrNull(found.updatedAt),
        },
      ),
    page: async (_, call) => {
      const { defaultBranch } = await showRepository(call.ctx, call.id())
      const values = eventValues({}, defaultBranch)
      return showInUse(call, { values, errors: [], verdicts: null })
    },
  }),
  route({
    method: 'PUT',
    path: '/repositories/:id/pipeline',
    guard: 'signed-in',
    asks: 'pipeline.store',
    does: 'Store a configuration that goes before the file in the repository',
    body: newVersion,
    run: async (call) => {
      const { id, ctx, body } = call
      await showRepository(ctx, id())
      const { format, content, base_version: baseVersion } = body
      const { valid, problems } = await validatePipeline(ctx, { format, content })
      if (!valid) return { problems }
      return { stored: await storePipeline(ctx, id(), { format, content, baseVersion }), problems }
    },
    api: (result, call) =>
      'stored' in result
        ? showJson({ ...pipelineVersionJson(result.stored), problems: result.problems })
        : showProblems(call, 'The configuration has errors and was not stored.', result.problems),
  }),
  route({
    method: 'DELETE',
    path: '/repositories/:id/pipeline',
    guard: 'signed-in',
    asks: 'pipeline.store',
    does: 'Go back to the file in the repository',
    run: (call) => dropPipeline(call.ctx, call.id()),
    api: () => showNothing(),
  }),
  route({
    method: 'GET',
    path: '/repositories/:id/pipeline/explain',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'What an event would start with the configuration in use',
    query: eventQuery,
    run: (call) => explainedForm(call),
    page: (explained, call) => showInUse(call, explained),
  }),
  route({
    method: 'POST',
    path: '/pipelines/validate',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'Say everything that is wrong with a configuration',
    body: configuration,
    run: ({ ctx, body }) => validatePipeline(ctx, body),
    api: ({ valid, problems, workflows }) => showJson({ valid, problems, workflows }),
  }),
  route({
    method: 'POST',
    path: '/pipelines/convert',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'Write a configuration in the other format',
    body: conversion,
    run: ({ ctx, body }) => convertPipeline(ctx, body),
    api: (result, call) =>
      'problems' in result
        ? showProblems(call, 'The configuration cannot be converted.', result.problems)
        : showJson(result),
  }),
  route({
    method: 'POST',
    path: '/pipelines/explain',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'Say which workflows an event starts, and why each other one not',
    body: explainBody,
    run: ({ ctx, body }) => explained(ctx, body),
    api: (verdicts) =>
      showJson({
        workflows: verdicts.map(({ id, name, runs, reason }) => ({ id, name, runs, reason })),
      }),
  }),
]

/** What keeps a configuration from being used, each with its place. */
const showProblems = (call: Call, detail: string, problems: Validation['problems']): Answer => ({
  status: 422,
  headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  body: JSON.stringify({
    type: 'about:blank',
    title: 'Not acceptable',
    status: 422,
    detail,
    request_id: call.ctx.requestId,
    errors: problems
      .filter(({ severity }) => severity === 'error')
      .map(({ message }) => ({ field: 'content', message })),
    problems,
  }),
})

/** About the configuration that was sent, or the one that a repository would use. */
async function explained(
  ctx: Ctx,
  { content, format, repository_id: id, event: asked }: z.infer<typeof explainBody>,
) {
  const event = happenedIn(asked)
  if (content !== undefined && id === undefined) {
    return explainPipeline(ctx, { format, content, event })
  }
  if (id !== undefined && content === undefined) return explainRepository(ctx, id, event)
  const message = 'is one of two ways: send either content or repository_id'
  throw new OoreError('invalid', `The configuration ${message}.`, {
    fields: [{ field: 'content', message }],
  })
}

/** The answer to the form about an event, or what is wrong with the form. */
async function explainedForm(call: Call<z.infer<typeof eventQuery>>) {
  const { ctx } = call
  const { id, defaultBranch } = await showRepository(ctx, call.id())
  const values = eventValues(call.query, defaultBranch)
  try {
    const event = happenedIn(readBody(eventBody, eventInForm(values)))
    return { values, errors: [], verdicts: await explainRepository(ctx, id, event) }
  } catch (error) {
    if (!(error instanceof OoreError)) throw error
    return { values, errors: told(error, { ...values }), verdicts: null }
  }
}
