import { describe, expect, test } from 'vitest'
import { decisiveLines } from '../../../src/core/logs/decisive.ts'
import { newId } from '../../../src/lib/ids.ts'
import { encodeFrames } from '../../../src/lib/log-frames.ts'
import { makeServices } from '../../support/ctx.ts'

/** The excerpt of a log that said this. */
async function excerptOf(text: string) {
  await using services = await makeServices()
  const build = newId()
  let offset = 0
  for (let from = 0; from < text.length; from += 30_000) {
    const bytes = Buffer.from(text.slice(from, from + 30_000))
    services.logs.append(build, 0, offset, encodeFrames([{ stream: 'stdout', at: 1, bytes }]))
    offset += bytes.length
  }
  return decisiveLines(services.logs.open(build, 0))
}

const textsOf = (excerpt: Awaited<ReturnType<typeof excerptOf>>) =>
  excerpt?.lines.map(({ text }) => text)

describe('the decisive lines of a log', () => {
  test.each([
    ["lib/main.dart:12:3: Error: Expected ';' after this."],
    ["error: cannot find 'Foo' in scope"],
    ['error[E0308]: mismatched types'],
    ['src/app.ts(3,1): error TS2304: Cannot find name'],
    ['e: file:///app/Main.kt:3:5 Unresolved reference'],
    ['FAILURE: Build failed with an exception.'],
    ['** ARCHIVE FAILED **'],
    ['fatal: not a git repository'],
    ['java.lang.IllegalStateException: no keystore'],
    ['[!] CocoaPods could not find compatible versions'],
    ['sh: fastlane: command not found'],
    ['❌ lib/cart_test.dart: adds'],
    ['00:03 +1 -1: adds one [E]'],
  ])('begin at the first error: %s', async (line) => {
    const excerpt = await excerptOf(`one\ntwo\nthree\n0 errors found\n${line}\nafter\n`)
    expect(excerpt?.hasError).toBe(true)
    expect(textsOf(excerpt)).toEqual(['three', '0 errors found', line, 'after'])
    expect(excerpt?.lines[2]?.number).toBe(5)
  })

  test('are the last where none names an error, and none where nothing was said', async () => {
    const lines = Array.from({ length: 100 }, (_, n) => `line ${n}`)
    const excerpt = await excerptOf(`${lines.join('\n')}\n`)
    expect(excerpt).toMatchObject({ hasError: false })
    expect(textsOf(excerpt)).toEqual(lines.slice(-24))
    expect(await excerptOf('')).toBeNull()
  })

  test('are without colours, overwritten bars and what is too long', async () => {
    const excerpt = await excerptOf(
      `10%\r50%\r\u001b[1;31merror: no\u001b[0m\u001b]8;;https://x\u0007\n\tat ${'x'.repeat(900)}\n`,
    )
    const [first, second] = textsOf(excerpt) ?? []
    expect(first).toBe('error: no')
    expect(second).toMatch(/^ {2}at x+…$/)
    expect(second?.length).toBeLessThan(310)
  })

  test('of a long log are looked for in its end, and how it ended is told too', async () => {
    const filler = `${'some output of a build '.repeat(3)}\n`.repeat(20_000)
    const excerpt = await excerptOf(
      `error: long ago\n${filler}error: here\n${filler.slice(0, 7000)}the end\n`,
    )
    const texts = textsOf(excerpt) ?? []
    expect(texts).toHaveLength(24)
    expect(texts[2]).toBe('error: here')
    expect(texts.at(-1)).toBe('the end')
    expect(excerpt?.lines.at(-1)?.number).toBeGreaterThan(20_000)
  })
})
