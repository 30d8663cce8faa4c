import { describe, expect, test } from 'vitest'
import { maskForms, shortestMask } from '../../src/lib/redact/mask-forms.ts'
import { makeRedactor } from '../../src/lib/redact/redact.ts'

/*
 * Random secrets, woven in all of their forms into random text, read in random pieces. The seed is
 * in the name of what fails.
 */

type Random = (below: number) => number

/** mulberry32: the same numbers for the same seed, everywhere. */
function randomFrom(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const alphabet = [...'abcXYZ0189-_=+/.:@!"\'$&<>\\ %{}äß€😀\n']
const pick = <T>(random: Random, all: readonly T[]): T => all[random(all.length)]!
const textOf = (random: Random, length: number): string =>
  Array.from({ length }, () => pick(random, alphabet)).join('')

/** Some share beginnings and ends, some lie inside of others. */
function secretsOf(random: Random): string[] {
  const base = textOf(random, 8 + random(60))
  const at = random(base.length - 7)
  return [
    base,
    base.slice(at, at + 7 + random(10)),
    base.slice(0, 7) + textOf(random, random(20)),
    textOf(random, 6 + random(300)),
  ]
}

const colours = ['\u001b[31m', '\u001b[0m', '\u001b[1;38;5;196m', '\u001b(B\u001b[m', '\u001b[K']

/** The same text with escape sequences between its bytes. */
const coloured = (random: Random, text: string): string =>
  [...text].map((one) => (random(4) === 0 ? pick(random, colours) + one : one)).join('')

const withoutColours = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  text.replace(/\u001b(\[[0-9;]*[A-Za-z]|\([A-Z0-9])/g, '')

function inPieces(random: Random, masks: string[], bytes: Buffer): Buffer {
  const stream = makeRedactor(masks).stream()
  const shown: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random(random(3) === 0 ? 3 : 40)
    shown.push(Uint8Array.from(stream.push(bytes.subarray(at, at + size))))
    at += size
  }
  shown.push(stream.end())
  return Buffer.concat(shown)
}

const seeds = Array.from({ length: 150 }, (_, seed) => seed + 1)

describe('the redactor', () => {
  test.each(seeds)('shows no form of a secret, however it is cut (seed %i)', (seed) => {
    const random = randomFrom(seed)
    const secrets = secretsOf(random)
    const forms = [...maskForms(secrets)]
    const parts = Array.from({ length: 30 }, () => {
      const form = pick(random, forms)
      return pick(random, [textOf(random, random(12)), form, form, coloured(random, form)])
    })
    const bytes = Buffer.from(parts.join(pick(random, ['', ' ', '\n', '::'])))
    const whole = makeRedactor(secrets).text(bytes.toString())
    expect(inPieces(random, secrets, bytes).toString()).toBe(whole)
    const visible = withoutColours(whole)
    // A mark may complete a form by itself: `**` is what somebody’s secret may end in.
    const left = forms.filter((form) => form.length >= shortestMask && !form.includes('*'))
    expect(left.filter((form) => whole.includes(form) || visible.includes(form))).toEqual([])
  })

  test.each(seeds)('leaves every byte alone that is of no secret (seed %i)', (seed) => {
    const random = randomFrom(seed)
    const secrets = [`k${seed}-ABCDEFGHJK`, `k${seed}-ABCDEFGH\nzweite Zeile ß`]
    const quiet = (length: number) =>
      Array.from({ length }, () => pick(random, [...'abc0189 \n-=+äß€😀\u001b[m'])).join('')
    const before = quiet(random(200))
    const after = quiet(random(200))
    const bytes = Buffer.from(`${before}${secrets[0]}${after}`)
    expect(inPieces(random, secrets, bytes).toString()).toBe(`${before}***${after}`)
    // Not even text, and no mark put in for what is half a character.
    const raw = Buffer.from(Array.from({ length: 300 }, () => random(256)))
    expect(inPieces(random, secrets, raw).equals(raw)).toBe(true)
  })

  test.each(seeds.slice(0, 60))('finds base64 wherever it is wrapped (seed %i)', (seed) => {
    const random = randomFrom(seed)
    const secret = textOf(random, 12 + random(100)).trim() + 'end!'
    const around = [textOf(random, random(90)), textOf(random, random(90))]
    const columns = 40 + random(40)
    const end = pick(random, ['\n', '\r\n', '\n    '])
    const encoded = Buffer.from(around.join(secret)).toString('base64')
    const wrapped = encoded.replace(new RegExp(`.{${columns}}`, 'g'), `$&${end}`)
    const shown = inPieces(random, [secret], Buffer.from(`out:\n${wrapped}\ndone\n`)).toString()
    const left = Buffer.from(shown.replace(/\s/g, '').replace(/^out:|done$/g, ''), 'base64')
    expect(left.toString('latin1')).not.toContain(Buffer.from(secret).toString('latin1'))
    expect(shown).toContain('***')
    expect(shown.endsWith('\ndone\n')).toBe(true)
  })
})
