import { seconds } from '../../lib/clock.ts'
import type { Answer } from './answer.ts'

/** How long a stream may be silent: proxies close what says nothing for a minute. */
export const heartbeatMs = seconds(15)

type EventFields = { id: string; event?: string; data: string }

/** One server-sent event. Every line of the data is a line of its own, so none can begin a field. */
export function eventText({ id, event, data }: EventFields): Uint8Array {
  const name = event === undefined ? '' : `event: ${event}\n`
  const isOneLine = !data.includes('\n') && !data.includes('\r')
  const lines = isOneLine ? data : data.split(/\r\n|\r|\n/).join('\ndata: ')
  return Buffer.from(`id: ${id}\n${name}data: ${lines}\n\n`)
}

/** A comment, which readers pass over: it keeps the connection awake. */
export const heartbeat: Uint8Array = Buffer.from(': still here\n\n')

export const eventStream = (body: ReadableStream<Uint8Array>): Answer => ({
  status: 200,
  headers: {
    'content-type': 'text/event-stream; charset=utf-8',
    // Asks nginx, and whoever learned it from there, to pass every event on at once.
    'x-accel-buffering': 'no',
  },
  body,
})
