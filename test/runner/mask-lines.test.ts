import { describe, expect, test } from 'vitest'
import { maskBytesMax, maskLines, masksMax } from '../../src/runner/mask-lines.ts'
import { type Build, type BuildOptions, startBuild } from './support.ts'

/** A build that has ended, and all that its steps said. */
async function ended(options: BuildOptions): Promise<{ build: Build; said: string }> {
  using build = startBuild(options)
  await build.ended
  return { build, said: build.steps.map(({ log }) => log).join('') }
}

/** What a stream shows and which values it tells, however it is cut. */
function readInPieces(text: string, size: number) {
  const values: string[] = []
  let tooLong = 0
  const stream = maskLines(
    (value) => values.push(value),
    () => (tooLong += 1),
  )
  const bytes = Buffer.from(text)
  const shown: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) {
    shown.push(Uint8Array.from(stream.push(bytes.subarray(at, at + size))))
  }
  shown.push(stream.end())
  return { shown: Buffer.concat(shown).toString(), values, tooLong }
}

describe('lines ::add-mask::', () => {
  const text =
    'before\n::add-mask::first value\n::add-max::\n::add-mask::a%25b%0Ac%250A\r\n x ::add-mask::no\nend\n::add-mask::last'

  test.each([1, 2, 3, 5, 7, 11, 400])('are taken out, in pieces of %i bytes', (size) => {
    expect(readInPieces(text, size)).toEqual({
      shown: 'before\n::add-max::\n x ::add-mask::no\nend\n',
      values: ['first value', 'a%b\nc%0A', 'last'],
      tooLong: 0,
    })
  })

  test('that are too long are shown by no part', () => {
    const long = `::add-mask::${'s'.repeat(maskBytesMax)}`
    expect(readInPieces(`${long}\nafter\n`, 1000)).toEqual({
      shown: 'after\n',
      values: [],
      tooLong: 1,
    })
  })
})

describe('a build that says ::add-mask::', () => {
  test('hides the value in this step, on both streams, and in every later one', async () => {
    const { said } = await ended({
      steps: [
        'echo "::add-mask::made-here-123"; echo "one made-here-123"; echo "two made-here-123" >&2',
        'echo "three $(printf made-here-123 | base64)"; echo "four made-here-124"',
      ],
    })
    expect(said).not.toContain('made-here-123')
    expect(said).not.toContain('add-mask')
    expect(said).toMatch(/one \*\*\*[^]*two \*\*\*|two \*\*\*[^]*one \*\*\*/)
    expect(said).toMatch(/three \*\*\*[^]*four made-here-124/)
  })

  test('sets nothing by it', async () => {
    const { build, said } = await ended({
      steps: [
        'echo "::set-env name=PATH::/nowhere"; echo "::add-mask::PATH=/x"',
        'ls / >/dev/null',
      ],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(said).toContain('::set-env name=PATH::/nowhere')
  })

  test('is told when it has said so too often', async () => {
    const { said } = await ended({
      steps: [`for i in $(seq ${masksMax + 5}); do echo "::add-mask::value-$i-x"; done; echo ok`],
    })
    expect(said.match(/more than 1000 times/g)).toHaveLength(1)
  })
})
