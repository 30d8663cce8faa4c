import { request as httpRequest, type Agent, type OutgoingHttpHeaders } from 'node:http'
import { pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { messageOf } from '../lib/errors.ts'
import { MiB } from '../lib/sizes.ts'

const answerBytesMax = 64 * MiB

export type Request = {
  agent: Agent
  socket: string
  method: 'POST' | 'PUT'
  path: string
  headers: OutgoingHttpHeaders
  body: Uint8Array | StreamedBody
  /** How long the line may be silent, in either direction. */
  silenceMs: number
  signal?: AbortSignal | undefined
}

/** A body that is too large to hold; `open` is called for each try. */
export type StreamedBody = { open: () => Readable; bytes: number }

export type Answer = { status: number; body: Buffer }

/** No answer: the server is not there, went away in the middle, or was silent for too long. */
export class Unreachable extends Error {}

/**
 * One request over a Unix socket. Any answer is returned, whatever its status; throws Unreachable
 * where none came, and the signal's reason where the signal ended it.
 */
export async function request(asked: Request): Promise<Answer> {
  try {
    return await once(asked)
  } catch (thrown) {
    // A kept connection that the server closed at the same moment says nothing about the server,
    // and every message may be sent twice.
    if (thrown instanceof ClosedWhileIdle) return once(asked)
    throw thrown
  }
}

class ClosedWhileIdle extends Unreachable {}

function once({ agent, socket, method, path, headers, body, silenceMs, signal }: Request) {
  return new Promise<Answer>((resolve, reject) => {
    signal?.throwIfAborted()
    const bytes = body instanceof Uint8Array ? body.byteLength : body.bytes
    const asking = httpRequest({
      agent,
      socketPath: socket,
      method,
      path,
      headers: { ...headers, 'content-length': bytes },
      timeout: silenceMs,
    })
    const onAbort = () => asking.destroy(new Error('aborted'))
    signal?.addEventListener('abort', onAbort)
    asking.on('timeout', () => asking.destroy(new Error(`silent for ${silenceMs} ms`)))
    asking.on('close', () => signal?.removeEventListener('abort', onAbort))

    const fail = (error: Error) => {
      if (signal?.aborted) return reject(signal.reason)
      const isClosed = 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code))
      const Kind = isClosed && asking.reusedSocket ? ClosedWhileIdle : Unreachable
      reject(new Kind(messageOf(error), { cause: error }))
    }
    asking.on('error', fail)
    asking.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > answerBytesMax) asking.destroy(new Error('the answer is too large'))
      })
      response.on('error', fail)
      response.on('end', () => {
        // An answer before the whole body was said: what follows would be read as a new request.
        if (!asking.writableFinished) asking.destroy()
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) })
      })
    })

    if (body instanceof Uint8Array) asking.end(body)
    else pipeline(body.open(), asking, (error) => error && asking.destroy(error))
  })
}
