import { z } from 'zod'
import type { Ctx } from '../core/ctx.ts'
import { convertPipeline } from '../core/pipelines/convert.ts'
import { explainPipeline, explainRepository } from '../core/pipelines/explain.ts'
import { showPipeline } from '../core/pipelines/show.ts'
import { dropPipeline, storePipeline } from '../core/pipelines/store.ts'
import type { PipelineInForce, PipelineVersion, StoredPipeline } from '../core/pipelines/stored.ts'
import { validatePipeline, type Validation } from '../core/pipelines/validate.ts'
import { listPipelineVersions, showPipelineVersion } from '../core/pipelines/versions.ts'
import { showRepository } from '../core/repositories/find.ts'
import { isoTimeOrNull } from '../lib/clock.ts'
import { messageOf, OoreError } from '../lib/errors.ts'
import { KiB } from '../lib/sizes.ts'
import { missing } from '../lib/wording.ts'
import { paths } from '../views/paths.ts'
import { RepositoryPage } from '../views/repositories/page.tsx'
import type { PipelineDraft } from '../views/repositories/pipeline-tab.tsx'
import { type Answer, goTo, showJson, showList, showNothing, showPage } from './lib/answer.ts'
import { pipelineVersionJson } from './lib/json.ts'
import { pageOf, pageQuery } from './lib/queries.ts'
import { type Call, type Route, route } from './lib/route.ts'

// The parser's own limit is 128 KiB; what is longer is refused there, in words.
const contentLengthMax = 512 * KiB

const format = z.enum(['yaml', 'huml'], 'must be "yaml" or "huml"')

const configuration = z.strictObject({
  format,
  content: z.string({ error: missing('the configuration as text') }).max(contentLengthMax),
})

const conversion = z.strictObject({
  from: format,
  to: format,
  content: configuration.shape.content,
})

const name = z.string().min(1).max(300)
const about = {
  commit_message: z.string().max(10_000).nullish(),
  changed_files: z.array(z.string().min(1).max(1000)).max(3000).nullish(),
}
const pullRequest = {
  branch: name,
  target_branch: name,
  draft: z.boolean().optional(),
  labels: z.array(z.string().min(1).max(100)).max(100).optional(),
  ...about,
}

const event = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('push'), branch: name, ...about }),
    z.object({ type: z.literal('pull_request'), ...pullRequest }),
    z.object({ type: z.literal('pull_request_labeled'), ...pullRequest }),
    z.object({ type: z.literal('tag'), tag: name, ...about }),
    z.object({ type: z.literal('manual') }),
  ],
  {
    error: ({ code }) =>
      code === 'invalid_union'
        ? 'must be push, pull_request, pull_request_labeled, tag or manual'
        : undefined,
  },
)

const explainBody = z.strictObject({
  /** Of what is sent as content. */
  format: format.default('yaml'),
  content: z.string().max(contentLengthMax).optional(),
  repository_id: z.string().optional(),
  event,
})

const versionsShown = 20

/** What repositories build: the configuration in force, and those stored in Oore. */
export const pipelineRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/repositories/:id/pipeline',
    guard: 'signed-in',
    does: 'The configuration that the next build of the default branch would use',
    run: async (call) => {
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
    page: (_, call) => showTab(call, null, 200),
  }),
  route({
    method: 'PUT',
    path: '/repositories/:id/pipeline',
    guard: 'signed-in',
    does: 'Store a configuration that goes before the file in the repository',
    body: configuration,
    run: async (call) => {
      const { id, ctx, body } = call
      await showRepository(ctx, id())
      const { valid, problems } = await validatePipeline(ctx, body)
      return valid ? { stored: await storePipeline(ctx, id(), body), problems } : { problems }
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
    does: 'Go back to the file in the repository',
    run: (call) => dropPipeline(call.ctx, call.id()),
    api: () => showNothing(),
  }),
  route({
    method: 'GET',
    path: '/repositories/:id/pipeline/versions',
    guard: 'signed-in',
    does: 'Every configuration that was stored, newest first',
    query: pageQuery,
    run: (call) => listPipelineVersions(call.ctx, call.id(), pageOf(call.query)),
    api: (page, call) => showList(page, pipelineVersionJson, call),
  }),
  route({
    method: 'GET',
    path: '/repositories/:id/pipeline/versions/:version',
    guard: 'signed-in',
    does: 'One stored configuration',
    run: (call) => showPipelineVersion(call.ctx, call.id(), versionIn(call)),
    api: (version) => showJson(pipelineVersionJson(version)),
    page: (version, call) => showTab(call, draftOf(version), 200),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline',
    guard: 'signed-in',
    does: 'Store a configuration from the editor',
    body: configuration,
    run: (call) => storePipeline(call.ctx, call.id(), call.body),
    page: (stored) => goTo(paths.repository(stored.repositoryId, 'pipeline')),
    refused: (_, values, call) => showChecked(call, values),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline/validate',
    guard: 'signed-in',
    does: 'Check a configuration from the editor',
    body: configuration,
    run: ({ body }) => body,
    page: (body, call) => showChecked(call, body),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline/drop',
    guard: 'signed-in',
    does: 'Go back to the file in the repository',
    run: (call) => dropPipeline(call.ctx, call.id()),
    page: (_, call) => goTo(paths.repository(call.id(), 'pipeline')),
  }),
  route({
    method: 'POST',
    path: '/pipelines/validate',
    guard: 'signed-in',
    does: 'Say everything that is wrong with a configuration',
    body: configuration,
    run: ({ ctx, body }) => validatePipeline(ctx, body),
    api: ({ valid, problems, workflows }) => showJson({ valid, problems, workflows }),
  }),
  route({
    method: 'POST',
    path: '/pipelines/convert',
    guard: 'signed-in',
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
  const event = askedEvent(asked)
  if (content !== undefined && id === undefined) {
    return explainPipeline(ctx, { format, content, event })
  }
  if (id !== undefined && content === undefined) return explainRepository(ctx, id, event)
  const message = 'is one of two ways: send either content or repository_id'
  throw new OoreError('invalid', `The configuration ${message}.`, {
    fields: [{ field: 'content', message }],
  })
}

type AskedEvent = Parameters<typeof explainPipeline>[1]['event']

function askedEvent(asked: z.infer<typeof event>): AskedEvent {
  if (asked.type === 'manual') return asked
  const seen = {
    commitMessage: asked.commit_message ?? null,
    changedFiles: asked.changed_files ?? null,
  }
  if (asked.type === 'push') return { type: 'push', branch: asked.branch, ...seen }
  if (asked.type === 'tag') return { type: 'tag', tag: asked.tag, ...seen }
  const { type, branch, target_branch: targetBranch, draft = false, labels = [] } = asked
  return { type, branch, targetBranch, draft, labels, ...seen }
}

function versionIn(call: Call): number {
  const text = call.param('version')
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new OoreError('not_found', 'Versions are counted from 1.')
}

const draftOf = (version: PipelineVersion): PipelineDraft => ({
  format: version.format,
  content: version.content ?? '',
  checked: null,
})

async function showChecked(call: Call, fields: Record<string, string>): Promise<Answer> {
  const content = fields['content'] ?? ''
  const format = fields['format'] === 'huml' ? 'huml' : 'yaml'
  const checked = await validatePipeline(call.ctx, { format, content })
  return showTab(call, { format, content, checked }, checked.valid ? 200 : 422)
}

async function showTab(call: Call, draft: PipelineDraft | null, status: number): Promise<Answer> {
  const { ctx, shell, now } = call
  const repository = await showRepository(ctx, call.id())
  const inForce = await showPipeline(ctx, repository.id).catch((error: unknown) => error)
  const isTrouble = inForce instanceof Error
  const versions = await listPipelineVersions(ctx, repository.id, {
    limit: versionsShown,
    cursor: null,
  })
  const content = {
    tab: 'pipeline' as const,
    problems: isTrouble ? [] : await problemsOf(ctx, inForce as PipelineInForce),
    inForce: isTrouble ? null : (inForce as PipelineInForce),
    trouble: isTrouble ? messageOf(inForce) : null,
    versions: versions.data.filter((each): each is StoredPipeline => each.content !== null),
    draft,
  }
  const page = (
    <RepositoryPage shell={shell()} repository={repository} content={content} now={now} />
  )
  return showPage(page, status)
}

/** What is to be said of the configuration in force: where it was just stored, its warnings. */
async function problemsOf(ctx: Ctx, { format, content }: PipelineInForce) {
  return (await validatePipeline(ctx, { format, content })).problems
}
