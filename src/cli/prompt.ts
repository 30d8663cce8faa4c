import { createInterface } from 'node:readline'
import { createInterface as createAsking } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CallFailed, exitCodes } from './exit.ts'

/** Asks for a secret at the terminal, without showing it. Throws CallFailed where nobody can type. */
export async function askHidden(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CallFailed(
      'There is no terminal to ask at. Name a file that holds it; - reads standard input.',
      exitCodes.usage,
    )
  }
  // What is typed is echoed into nothing, from before the question stands there.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output, terminal: true })
  process.stderr.write(question)
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once('line', resolve)
      reader.once('SIGINT', () => reject(new CallFailed('Ended.', exitCodes.interrupted)))
      reader.once('close', () => reject(new CallFailed('Nothing was typed.', exitCodes.usage)))
    })
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}

/** Asks for a yes. Only where somebody watches can anybody be asked: elsewhere it is a no. */
export async function agrees(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false
  const asking = createAsking({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim())
  } finally {
    asking.close()
  }
}
