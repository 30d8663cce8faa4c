import { spawn } from 'node:child_process'
import { killAll, processTree } from '../../scripts/lib/process-tree.mjs'

export type Started = ReturnType<typeof startScript>

/** Starts a script of this repository and listens to what it prints. */
export function startScript(
  program: string,
  args: readonly string[],
  environment: Record<string, string> = {},
) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...environment },
  })
  const pid = child.pid ?? 0
  let said = ''
  const heard = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      for (const look of heard) look()
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    pid,
    ended,
    said: () => said,
    /** Waits for a text in what it prints; fails where it ends without. */
    says: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (said.includes(text)) resolve()
        }
        heard.add(look)
        look()
        void ended.then(() => reject(new Error(`ended without "${text}":\n${said}`)))
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) killAll(processTree(pid))
      await ended
    },
  }
}
