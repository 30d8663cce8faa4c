import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { messageOf } from '../lib/errors.ts'
import { MiB } from '../lib/sizes.ts'
import { ToolFailed } from './values.ts'

/**
 * Runs a program for as long as it takes, shows what it says and keeps it in a file. Throws ToolFailed
 * with its exit code where it failed.
 */
export async function runAndKeep(
  [file = '', ...args]: readonly string[],
  log: string,
): Promise<void> {
  const kept = createWriteStream(log, { flags: 'a' })
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from.pipe(to, { end: false })
    from.pipe(kept, { end: false })
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', (error) => reject(new ToolFailed(`${file}: ${messageOf(error)}`)))
    // By a signal it has no code.
    child.on('close', (exitCode) => resolve(exitCode ?? 1))
  }).finally(() => kept.end())
  if (code !== 0) {
    throw new ToolFailed(`${file} ended with exit code ${code}. All it said is in ${log}`, code)
  }
}

/** Results of many thousand tests have some tens of megabytes. */
const answerBytesMax = 256 * MiB

/** What a program prints, within a time. Throws ToolFailed with what it says on its error output. */
export function answerOf([file = '', ...args]: readonly string[], timeoutMs: number): string {
  try {
    return execFileSync(file, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      maxBuffer: answerBytesMax,
    })
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    throw new ToolFailed(stderr?.trim() || messageOf(error), 1, { cause: error })
  }
}

/** The words of a line, as a shell splits it: at blanks, outside of quotes. */
export const words = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s"']|"(?:\\.|[^"\\])*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, quoted?: string, plain?: string) =>
      quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'),
    ),
  )
