import type { Server } from './server.ts'

export type ServerEvent = { event: string; data: string }

/** Server-Sent Events as they come. Leaving the loop ends the connection. */
export async function* events(server: Server, path: string): AsyncGenerator<ServerEvent> {
  const answer = await server.open({ path, headers: { accept: 'text/event-stream' } })
  if (answer.statusCode !== 200) throw new Error(`${path}: ${String(answer.statusCode)}`)
  answer.setEncoding('utf8')
  let rest = ''
  for await (const chunk of answer) {
    rest += chunk as string
    let from = 0
    for (let to = rest.indexOf('\n\n'); to >= 0; to = rest.indexOf('\n\n', from)) {
      yield parse(rest.slice(from, to))
      from = to + 2
    }
    rest = rest.slice(from)
  }
}

function parse(block: string): ServerEvent {
  let event = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) event = line.slice(6).trim()
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
  }
  return { event, data: data.join('\n') }
}
