import { rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { z } from 'zod'

/** The name of the socket in the work directory that is answered as long as the runner lives. */
export const aliveName = 'alive.sock'

const helloTimeoutMs = 2000
const helloBytesMax = 4096

/** What a runner says of itself to whoever connects; `runner_id` is null until it registered. */
export type Hello = {
  pid: number
  protocol: number
  runner_id: string | null
  boot: string
  slots: number
}

export type AliveSocket = { close(): Promise<void> }

/**
 * Listen at `path` as long as this runner lives. Whoever connects gets one JSON line and then
 * silence: the end of the connection is the end of the runner, heard at once and without polling.
 * Where another runner answers there already, nothing is opened and its hello is returned as
 * `rival` (null where it accepted and said nothing readable).
 */
export async function listenAlive(
  path: string,
  hello: () => Hello,
): Promise<{ socket: AliveSocket } | { rival: Hello | null }> {
  const found = await askAlive(path)
  if (found !== 'nobody') return { rival: found }
  // Nobody answers, so what lies there is left over from a runner that was killed.
  await rm(path, { force: true })

  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    // A listener that goes away without a word is its own business.
    socket.on('error', () => socket.destroy())
    socket.resume()
    socket.write(`${JSON.stringify(hello())}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return {
    socket: {
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          for (const socket of open) socket.destroy()
        }),
    },
  }
}

/** Who answers at `path`: a hello, null where someone is there but says nothing, or `nobody`. */
export function askAlive(path: string): Promise<Hello | null | 'nobody'> {
  return new Promise((resolve) => {
    let said = ''
    let accepted = false
    const socket = connect(path)
    const end = (answer: Hello | null | 'nobody') => {
      socket.destroy()
      resolve(answer)
    }
    socket.setEncoding('utf8')
    socket.setTimeout(helloTimeoutMs, () => end(null))
    socket.on('connect', () => (accepted = true))
    socket.on('error', () => end(accepted ? null : 'nobody'))
    socket.on('close', () => end(accepted ? null : 'nobody'))
    socket.on('data', (text: string) => {
      said += text
      const lineEnd = said.indexOf('\n')
      if (lineEnd >= 0) end(readHello(said.slice(0, lineEnd)))
      else if (said.length > helloBytesMax) end(null)
    })
  })
}

const helloLine = z.object({
  pid: z.int(),
  // Oore 0.1.0 did not say.
  protocol: z.int().default(1),
  runner_id: z.string().nullable(),
  boot: z.string(),
  slots: z.int(),
})

/** What a runner said of itself; null for anything else. */
export function readHello(line: string): Hello | null {
  try {
    return helloLine.parse(JSON.parse(line))
  } catch {
    return null
  }
}
