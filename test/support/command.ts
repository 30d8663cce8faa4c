import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

/** The real command. */
export const program = resolve('bin/oore')

export type Said = { code: number | null; stdout: string; stderr: string }

export type StartedCommand = {
  process: ChildProcess
  said: { stdout: string; stderr: string }
  ended: Promise<Said>
  /** Resolves when the text has been printed; rejects where the command ends without it. */
  prints(text: string): Promise<void>
}

/** Starts `oore` in a directory, as a person without settings of their own. */
export function startCommand(
  directory: string,
  args: readonly string[],
  settings: Record<string, string> = {},
): StartedCommand {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  const hear = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    said[stream] += chunk.toString()
    for (const look of waiting) look()
  }
  child.stdout.on('data', hear('stdout'))
  child.stderr.on('data', hear('stderr'))
  const ended = new Promise<Said>((done) => child.on('close', (code) => done({ code, ...said })))
  return {
    process: child,
    said,
    ended,
    prints: (text) =>
      new Promise<void>((resolved, rejected) => {
        const look = () => {
          if (!said.stdout.includes(text) && !said.stderr.includes(text)) return
          waiting.delete(look)
          resolved()
        }
        waiting.add(look)
        look()
        void ended.then(() =>
          rejected(new Error(`never printed ${text}:\n${said.stdout}\n${said.stderr}`)),
        )
      }),
  }
}

/** Runs `oore` in a directory to its end. */
export const runCommand = (
  directory: string,
  args: readonly string[],
  settings: Record<string, string> = {},
): Promise<Said> => startCommand(directory, args, settings).ended
