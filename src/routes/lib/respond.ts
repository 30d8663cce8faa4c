import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { KiB } from '../../lib/sizes.ts'
import type { Answer } from './answer.ts'

const compressedFrom = 1 * KiB
// Level 1 costs a third of the default and gives away a tenth of the gain on our pages.
const gzipLevel = 1

const compress = promisify<Uint8Array, { level: number }, Buffer>(gzip)

/** Markup becomes bytes, and bytes become fewer where the caller can unpack them. */
export async function settled(answer: Answer, acceptEncoding: string | undefined): Promise<Answer> {
  const { body } = answer
  if (body === null || body instanceof ReadableStream || body instanceof Uint8Array) return answer
  const text = typeof body === 'string' ? body : await (await body).toString()
  const unpacks =
    acceptEncoding !== undefined && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(acceptEncoding)
  if (!unpacks || text.length < compressedFrom) return { ...answer, body: text }
  const packed = await compress(Buffer.from(text), { level: gzipLevel })
  return {
    ...answer,
    headers: { ...answer.headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
    body: new Uint8Array(packed.buffer as ArrayBuffer, packed.byteOffset, packed.byteLength),
  }
}

/** A settled answer as a Response: the frame's headers first, the answer's own over them. */
export function respond(
  answer: Answer,
  frame: Record<string, string>,
  requestId: string,
  isHead: boolean,
): Response {
  const { status, body } = answer
  const headers = { ...frame, 'x-request-id': requestId, ...answer.headers }
  if (isHead && body instanceof ReadableStream) void body.cancel()
  const response = new Response(isHead ? null : (body as BodyInit | null), { status, headers })
  for (const cookie of answer.cookies ?? []) response.headers.append('set-cookie', cookie)
  return response
}
