import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { Artifact } from '../../core/artifacts/artifact.ts'
import type { Answer } from './answer.ts'
import { attachment } from './attachment.ts'
import { isKnown } from './etag.ts'
import { rangeOf } from './range.ts'
import type { Call } from './route.ts'

export type StoredFile = { artifact: Artifact; file: string }

/** The bytes of an artifact as a download: whole, as one range, or not at all to who has them. */
export function bytesAnswer({ artifact, file }: StoredFile, call: Call): Answer {
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

export const webStream = (stream: Readable): ReadableStream<Uint8Array> =>
  Readable.toWeb(stream) as ReadableStream<Uint8Array>
