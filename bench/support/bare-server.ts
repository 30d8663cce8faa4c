import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** The least a server could do (bare-server.mjs), as a process of its own. */
export async function bareServer(bytes: number, file: string, secret: string) {
  const program = join(import.meta.dirname, 'bare-server.mjs')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [program, String(bytes), file, secret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: `http://127.0.0.1:${said.toString().trim()}`,
    startMs: performance.now() - startedAt,
    pids: [child.pid ?? 0],
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
