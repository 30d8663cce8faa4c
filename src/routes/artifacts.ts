import { listArtifacts } from '../core/artifacts/list.ts'
import { openArtifact } from '../core/artifacts/open.ts'
import { findBuild } from '../core/builds/find.ts'
import { OoreError } from '../lib/errors.ts'
import { type Answer, showList } from './lib/answer.ts'
import { attachment } from './lib/attachment.ts'
import { bytesAnswer, type StoredFile, webStream } from './lib/file-answer.ts'
import { artifactJson } from './lib/json.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { zipOf } from './lib/zip.ts'

/** What builds left behind. */
export const artifactRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/builds/:id/artifacts',
    guard: 'signed-in',
    asks: 'build.read',
    does: 'The artifacts of a build',
    run: (call) => listArtifacts(call.ctx, call.id()),
    api: (artifacts, call) =>
      showList(
        { data: artifacts, nextCursor: null },
        (artifact) => artifactJson(artifact, call.ctx.config),
        call,
      ),
  }),
  route({
    method: 'GET',
    path: '/builds/:id/artifacts.zip',
    guard: 'signed-in',
    asks: 'build.read',
    does: 'All artifacts of a build in one zip, streamed',
    run: async (call) => {
      const { number } = await findBuild(call.ctx, call.id())
      const artifacts = await listArtifacts(call.ctx, call.id())
      if (artifacts.length === 0) throw new OoreError('not_found', 'This build has no artifacts.')
      const files = artifacts.map(({ id }) => openArtifact(call.ctx, call.id(), id))
      return { name: `build-${number}-artifacts.zip`, files: await Promise.all(files) }
    },
    api: (found, call) => zipAnswer(found, call),
    plain: (found, call) => zipAnswer(found, call),
  }),
  route({
    method: 'GET',
    path: '/builds/:id/artifacts/:name',
    guard: 'signed-in',
    asks: 'build.read',
    does: 'The bytes of an artifact, by its name or id; in ranges too',
    run: (call) => openArtifact(call.ctx, call.id(), call.param('name')),
    api: (found, call) => bytesAnswer(found, call),
    plain: (found, call) => bytesAnswer(found, call),
  }),
]

function zipAnswer({ name, files }: { name: string; files: StoredFile[] }, call: Call): Answer {
  const headers = { 'content-type': 'application/zip', 'content-disposition': attachment(name) }
  if (call.method === 'HEAD') return { status: 200, headers, body: null }
  return { status: 200, headers, body: webStream(zipOf(files)) }
}
