import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { Artifact } from '../core/artifacts/artifact.ts'
import { listArtifacts } from '../core/artifacts/list.ts'
import { openArtifact } from '../core/artifacts/open.ts'
import { findBuild } from '../core/builds/find.ts'
import { OoreError } from '../lib/errors.ts'
import { type Answer, showList } from './lib/answer.ts'
import { attachment } from './lib/attachment.ts'
import { isKnown } from './lib/etag.ts'
import { artifactJson } from './lib/json.ts'
import { rangeOf } from './lib/range.ts'
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

type Found = { artifact: Artifact; file: string }

function bytesAnswer({ artifact, file }: Found, call: Call): Answer {
  const { sizeBytes, sha256, contentType, name } = artifact
  const etag = `"${sha256}"`
  const headers = {
    'content-type': contentType,
    'content-disposition': attachment(name),
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=0, must-revalidate',
    etag,
  }
  if (isKnown(call.header('if-none-match'), etag)) return { status: 304, headers, body: null }
  // A range of another version would not fit to what the caller has.
  const ifRange = call.header('if-range')
  const asked = ifRange === undefined || ifRange === etag ? call.header('range') : undefined
  const range = rangeOf(asked, sizeBytes)
  if (range === 'unsatisfiable') {
    return {
      status: 416,
      headers: { ...headers, 'content-range': `bytes */${sizeBytes}` },
      body: null,
    }
  }
  const [start, end] = range ?? [0, sizeBytes - 1]
  const length = end - start + 1
  const isHead = call.method === 'HEAD'
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': String(length),
      ...(range ? { 'content-range': `bytes ${start}-${end}/${sizeBytes}` } : {}),
    },
    body: isHead || length === 0 ? null : webStream(createReadStream(file, { start, end })),
  }
}

function zipAnswer({ name, files }: { name: string; files: Found[] }, call: Call): Answer {
  const headers = { 'content-type': 'application/zip', 'content-disposition': attachment(name) }
  if (call.method === 'HEAD') return { status: 200, headers, body: null }
  return { status: 200, headers, body: webStream(zipOf(files)) }
}

const webStream = (stream: Readable): ReadableStream<Uint8Array> =>
  Readable.toWeb(stream) as ReadableStream<Uint8Array>
