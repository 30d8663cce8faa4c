/** Further down a stack trace tells of the framework. */
const searchedChars = 16_000

/** A line of code, as a report names it. */
export type Place = { file: string; line: number }

/**
 * Where a failure happened, as far as its stack trace tells: the first frame of the test's own
 * class or file, else the first place in code that is not a package's. Null where none is named.
 */
export function placeIn(
  details: string,
  { className, file }: { className: string; file: string | null },
): Place | null {
  const text = details.slice(0, searchedChars)
  const frame = [...text.matchAll(jvmFrame)].find(
    ([, method = '']) => className !== '' && method.includes(`${className}.`),
  )
  if (frame?.[2] !== undefined) return { file: file ?? frame[2], line: Number(frame[3]) }
  const wanted = file?.split('/').at(-1)
  for (const [, path = '', line] of text.matchAll(anyPlace)) {
    const isWanted = wanted === undefined || path.split('/').at(-1) === wanted
    if (isWanted && !path.includes('node_modules/')) {
      return { file: file ?? path, line: Number(line) }
    }
  }
  return null
}

/** `at app//com.example.CartTest.adds(CartTest.kt:23)` */
const jvmFrame = /\bat ([\w$./@<>]+)\((\w+\.(?:java|kt|scala|groovy)):(\d{1,9})\)/g

/** `/Users/builder/AppTests.swift:12`, `(src/cart.test.ts:5:15)`, `tests/test_cart.py:7: …` */
const anyPlace =
  /(?<=^|[\s('"])([\w@./+-]+\.(?:swift|mm?|py|[cm]?[jt]sx?|go|rb|cs|php|c|cc|cpp)):(\d{1,9})\b/gm
