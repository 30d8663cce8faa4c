import type { HonoRequest } from 'hono'
import { OoreError } from '../../lib/errors.ts'
import { KiB, MiB, sizeText } from '../../lib/sizes.ts'
import type { Face } from './route.ts'

const mediaTypes: Record<Face, readonly string[]> = {
  page: ['application/x-www-form-urlencoded'],
  api: ['application/json'],
  plain: [],
}

/** How forms with a file are sent (RFC 7578). */
export const multipartType = 'multipart/form-data'

/**
 * The body's bytes, at most `bytesMax`; more is `too_large`, announced or not. An announced length
 * is kept by Node itself; a chunked body is counted as it comes and dropped at the limit. One that
 * breaks off is `malformed`.
 */
export async function readBytes(request: HonoRequest, bytesMax: number): Promise<Uint8Array> {
  const announced = request.header('content-length')
  if (announced !== undefined && Number(announced) > bytesMax) throw tooLarge(bytesMax)
  const release = reserve(announced === undefined ? bytesMax : Number(announced))
  try {
    if (announced !== undefined) return new Uint8Array(await request.raw.arrayBuffer())
    return await counted(request, bytesMax)
  } catch (cause) {
    if (cause instanceof OoreError) throw cause
    throw new OoreError('malformed', 'The body broke off before its end.', { cause })
  } finally {
    release()
  }
}

/** What large bodies may hold of memory, all together, while they are on their way. */
const largeBytesMax = 64 * MiB
const smallBytes = 64 * KiB
const waitSeconds = 5

let largeBytes = 0

/**
 * Sets memory aside for a body before it is known who sends it: many strangers who announce much
 * and send it slowly must not fill the machine. Usual bodies are let in always. Throws `unavailable`.
 */
function reserve(bytes: number): () => void {
  if (bytes <= smallBytes) return () => {}
  if (largeBytes + bytes > largeBytesMax) {
    throw new OoreError(
      'unavailable',
      'Too many large requests at once. Send it again in a moment.',
      {
        retryAfterSeconds: waitSeconds,
      },
    )
  }
  largeBytes += bytes
  return () => void (largeBytes -= bytes)
}

async function counted(request: HonoRequest, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let total = 0
  for await (const chunk of request.raw.body ?? []) {
    total += chunk.byteLength
    if (total > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * Refuses a body that is not what this face reads (`wrong_media_type`), whether or not the route
 * looks at it: JSON dressed as text is how another site gets past a browser's preflight.
 */
export function checkMediaType(
  request: HonoRequest,
  face: Face,
  { takesFile = false, bodyType }: { takesFile?: boolean; bodyType?: string },
): void {
  const sent = request.header('content-type')
  if (sent === undefined && !hasBody(request)) return
  const type = (sent ?? '').split(';')[0]!.trim().toLowerCase()
  const allowed = [
    ...(takesFile ? [multipartType] : []),
    ...(bodyType === undefined ? [] : [bodyType]),
    ...mediaTypes[face],
  ]
  if (allowed.includes(type)) return
  throw new OoreError(
    'wrong_media_type',
    `The body is sent ${type === '' ? 'without a Content-Type' : `as ${type.slice(0, typeLengthMax)}`}; ` +
      `send ${allowed.join(' or ') || 'no body'} instead.`,
  )
}

const typeLengthMax = 80

/** A body announces itself by one of two headers (RFC 9112, 6.3). */
function hasBody(request: HonoRequest): boolean {
  const announced = request.header('content-length')
  if (announced !== undefined) return announced !== '0'
  return request.header('transfer-encoding') !== undefined
}

/** A JSON body as a value; an empty one is `{}`. Throws `malformed` where it is not JSON. */
export function jsonOf(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return {}
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new OoreError('malformed', 'The body is not JSON in UTF-8.', { cause })
  }
}

/** A form's text fields, the last of each name. */
export const formOf = (bytes: Uint8Array): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(new TextDecoder().decode(bytes)))

const tooLarge = (bytesMax: number): OoreError =>
  new OoreError('too_large', `The body is larger than the ${sizeText(bytesMax)} allowed here.`)
