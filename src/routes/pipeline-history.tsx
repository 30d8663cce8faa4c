import { z } from 'zod'
import { comparePipelineVersion } from '../core/pipelines/compare.ts'
import { restorePipeline } from '../core/pipelines/restore.ts'
import { showOwnFile, showPipeline } from '../core/pipelines/show.ts'
import { dropPipeline } from '../core/pipelines/store.ts'
import { listPipelineVersions } from '../core/pipelines/versions.ts'
import { showRepository } from '../core/repositories/find.ts'
import { OoreError } from '../lib/errors.ts'
import { paths } from '../views/paths.ts'
import { DropPipelinePage, type OwnFile } from '../views/pipelines/drop.tsx'
import { goTo, showJson, showList, showPage } from './lib/answer.ts'
import { pipelineVersionJson } from './lib/json.ts'
import { showPipelinePage } from './lib/pipeline-page.tsx'
import { pageOf, pageQuery } from './lib/queries.ts'
import { type Call, type Route, route } from './lib/route.ts'

const versionQuery = z.object({
  against: z.enum(['before', 'now'], 'must be "before" or "now"').default('before'),
})

/** Every configuration that was stored, and the ways back to one. */
export const pipelineHistoryRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/repositories/:id/pipeline/versions',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'Every configuration that was stored, newest first',
    query: pageQuery,
    run: (call) => listPipelineVersions(call.ctx, call.id(), pageOf(call.query)),
    api: (page, call) => showList(page, pipelineVersionJson, call),
    page: (page, call) =>
      showPipelinePage(call, { shows: 'versions', page, cursor: call.query.cursor ?? null }),
  }),
  route({
    method: 'GET',
    path: '/repositories/:id/pipeline/versions/:version',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'One stored configuration',
    query: versionQuery,
    run: (call) =>
      comparePipelineVersion(call.ctx, call.id(), {
        version: versionIn(call),
        against: call.query.against,
      }),
    api: ({ version }) => showJson(pipelineVersionJson(version)),
    page: async (comparison, call) => {
      // A git server that is away keeps nobody from what is stored.
      const inForce = await showPipeline(call.ctx, call.id()).catch(() => null)
      const isInForce = inForce?.version === comparison.version.version
      return showPipelinePage(call, { shows: 'version', ...comparison, isInForce })
    },
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline/versions/:version/restore',
    guard: 'signed-in',
    asks: 'pipeline.store',
    does: 'Store what an old version says as a new version',
    run: (call) => restorePipeline(call.ctx, call.id(), versionIn(call)),
    api: (stored) => showJson(pipelineVersionJson(stored)),
    page: (stored) => goTo(paths.repository(stored.repositoryId, 'pipeline')),
  }),
  route({
    method: 'GET',
    path: '/repositories/:id/pipeline/drop',
    guard: 'signed-in',
    asks: 'pipeline.store',
    does: 'Asks before a repository goes back to its own file',
    run: async (call) => ({
      repository: await showRepository(call.ctx, call.id()),
      ownFile: await ownFileOf(call),
    }),
    page: ({ repository, ownFile }, { shell }) =>
      showPage(<DropPipelinePage shell={shell()} repository={repository} ownFile={ownFile} />),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline/drop',
    guard: 'signed-in',
    asks: 'pipeline.store',
    does: 'Go back to the file in the repository',
    run: (call) => dropPipeline(call.ctx, call.id()),
    page: (_, call) => goTo(paths.repository(call.id(), 'pipeline')),
  }),
]

/** A git server that is away keeps nobody from the question. */
async function ownFileOf(call: Call): Promise<OwnFile> {
  try {
    const fileName = await showOwnFile(call.ctx, call.id())
    return fileName === null ? { is: 'none' } : { is: 'there', fileName }
  } catch (error) {
    if (error instanceof OoreError && error.trouble !== 'not_found') {
      return { is: 'unknown', why: error.message }
    }
    throw error
  }
}

function versionIn(call: Call): number {
  const text = call.param('version')
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new OoreError('not_found', 'Versions are counted from 1.')
}
