import { randomBytes } from 'node:crypto'
import { makeRedactor } from '../../src/lib/redact/redact.ts'
import { MiB } from '../../src/lib/sizes.ts'
import { type Figure, ms } from '../support/figures.ts'

const bytesWanted = 100 * MiB
const chunkBytes = 64 * 1024
const secretsCount = 200
const aimPerSecond = 50

/** Tokens, passwords, and ten private keys of 28 lines. */
const secrets = (): string[] =>
  Array.from({ length: secretsCount }, (_, index) => {
    if (index % 20 !== 0)
      return randomBytes(12 + (index % 40)).toString(index % 2 ? 'hex' : 'base64url')
    const lines = Array.from({ length: 28 }, () => randomBytes(48).toString('base64'))
    return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
  })

/** What Gradle, Xcode and Flutter say: paths, colours, now and then a secret. */
function logOf(all: readonly string[]): Buffer {
  const lines = [
    '[12:00:01] \u001b[32m> Task :app:compileReleaseKotlin\u001b[0m UP-TO-DATE\n',
    'CompileC /Users/builder/Library/Developer/Xcode/DerivedData/Runner-abcd/Build/x.o Flutter.m normal arm64\n',
    'Downloading https://repo.maven.apache.org/maven2/org/jetbrains/kotlin/kotlin-stdlib/2.1.0/kotlin-stdlib-2.1.0.jar\n',
    'note: Using new build system; key=value, 00:00:01.234 (123456 bytes)\n',
  ]
  const block = Array.from({ length: 4000 }, (_, index) => lines[index % lines.length]).join('')
  const piece = Buffer.from(`${block}token=${all[1]}\n`)
  return Buffer.alloc(bytesWanted, piece)
}

/** How fast a log passes the redactor with 200 secrets, beside a mere look at each of its bytes. */
export async function redact(): Promise<Figure[]> {
  const all = secrets()
  const log = logOf(all)
  const madeAt = performance.now()
  const redactor = makeRedactor(all)
  redactor.text('made when it is needed')
  const madeMs = performance.now() - madeAt
  const startedAt = performance.now()
  const stream = redactor.stream()
  for (let at = 0; at < log.length; at += chunkBytes) stream.push(log.subarray(at, at + chunkBytes))
  stream.end()
  const redactedPerSecond = log.length / MiB / ((performance.now() - startedAt) / 1000)
  return [
    {
      what: `a log of 100 MiB through the redactor with ${secretsCount} secrets`,
      measured: `${redactedPerSecond.toFixed(0)} MiB/s`,
      limit: `${lookedAtPerSecond(log).toFixed(0)} MiB/s to add up its bytes`,
      aim: `≥ ${aimPerSecond} MiB/s`,
      reached: redactedPerSecond >= aimPerSecond,
    },
    {
      what: `make the redactor of ${secretsCount} secrets, ten of them private keys`,
      measured: ms(madeMs),
      limit: null,
      aim: null,
      reached: null,
    },
  ]
}

/** What a loop over the bytes takes that does nothing with them but one sum. */
function lookedAtPerSecond(log: Buffer): number {
  const startedAt = performance.now()
  let sum = 0
  for (let at = 0; at < log.length; at += 1) sum = (sum + log[at]!) | 0
  const seconds = (performance.now() - startedAt) / 1000
  return sum === Infinity ? 0 : log.length / MiB / seconds
}
