import { z } from 'zod'
import { OoreError } from '../../lib/errors.ts'

/** A file that somebody sent. Its name is theirs: for people's eyes, never a path. */
export type Upload = { name: string; bytes: Uint8Array }

/** The field of a route's body that is the file. */
export const uploadField = 'file'

/** What `file` is in the body's schema of a route that takes one. */
export const upload = z.custom<Upload>(
  (value) => (value as Upload | undefined)?.bytes instanceof Uint8Array,
  'is missing: choose the file, or send it as content_base64',
)

/** A form's text fields, the last of each name, and its files. */
export type SentForm = { texts: Record<string, string>; files: Record<string, Upload> }

/**
 * Reads `multipart/form-data` (RFC 7578) out of bytes that were counted already. A file field that
 * was left empty, which browsers send as a file without name and content, is none. Throws `malformed`.
 */
export async function readMultipart(bytes: Uint8Array, contentType: string): Promise<SentForm> {
  const sent: SentForm = { texts: {}, files: {} }
  // What the platform's own reader understands of it is what browsers and curl send.
  const answer = new Response(bytes as BodyInit, { headers: { 'content-type': contentType } })
  const fields = await answer.formData().catch((cause: unknown) => {
    throw new OoreError('malformed', 'The body is not multipart/form-data, or broke off.', {
      cause,
    })
  })
  for (const [name, value] of fields) {
    if (typeof value === 'string') sent.texts[name] = value
    else if (value.name !== '' || value.size > 0) {
      sent.files[name] = { name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) }
    }
  }
  return sent
}

/** The file of a JSON body: `content_base64`, and `file_name` where the sender tells one. */
export function fileInJson(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const { content_base64: content, file_name: name, ...fields } = body as Record<string, unknown>
  if (content === undefined) return fields
  const bytes = typeof content === 'string' ? bytesOf(content) : null
  if (bytes === null) {
    const message = 'must be the file in base64'
    throw new OoreError('invalid', `The field content_base64 ${message}.`, {
      fields: [{ field: 'content_base64', message }],
    })
  }
  const file: Upload = { name: typeof name === 'string' ? name : '', bytes }
  return { ...fields, [uploadField]: file }
}

/** Node reads anything as base64, so what it would pass over is looked for first. */
function bytesOf(text: string): Uint8Array | null {
  const compact = text.replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(compact)) return null
  return new Uint8Array(Buffer.from(compact, 'base64'))
}
