import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { makeRedactor, type Redactor } from '../../src/lib/redact/redact.ts'

const secret = 'pa$$ wörd/+"<1>\'x'

const shown = (masks: string[], text: string): string => makeRedactor(masks).text(text)

function shownInPieces(redactor: Redactor, text: Buffer, size: number): string {
  const stream = redactor.stream()
  const pieces: Uint8Array[] = []
  for (let at = 0; at < text.length; at += size) {
    pieces.push(stream.push(text.subarray(at, at + size)))
  }
  return Buffer.concat([...pieces, stream.end()]).toString('latin1')
}

describe('makeRedactor', () => {
  test('masks a secret and leaves the rest', () => {
    expect(shown([secret], `before ${secret} after\n`)).toBe('before *** after\n')
  })

  const encoded = (text: string) => Buffer.from(text).toString('base64')
  const forms: Record<string, string> = {
    base64: encoded(secret),
    'base64 behind one byte': encoded(`:${secret}!`),
    'base64 behind two bytes': encoded(`u:${secret}!`),
    base64url: Buffer.from(`${secret}!`).toString('base64url'),
    url: encodeURIComponent(secret),
    'url of a form': new URLSearchParams({ a: secret }).toString().slice(2),
    'url in lower case': encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
    'url with its slashes': encodeURIComponent(secret).replaceAll('%2F', '/'),
    'url as Python quotes': encodeURIComponent(secret)
      .replaceAll('%2F', '/')
      .replaceAll("'", '%27'),
    'url by encodeURI': encodeURI(secret),
    'the password of a URL': new URL(
      Object.assign(new URL('https://ci.example'), { username: 'u', password: secret }).href,
    ).password,
    json: JSON.stringify(secret).slice(1, -1),
    'json inside of json': JSON.stringify(JSON.stringify({ a: secret })).slice(10, -4),
    'json of Python inside of json': JSON.stringify(
      JSON.stringify(secret).replace('ö', '\\u00f6'),
    ).slice(3, -3),
    'single quotes of a shell': secret.replaceAll("'", "'\\''"),
    'printf %q': 'pa\\$\\$\\ wörd/+\\"\\<1\\>\\\'x',
    xml: 'pa$$ wörd/+&quot;&lt;1&gt;&apos;x',
    hex: Buffer.from(secret).toString('hex'),
    'hex in upper case': Buffer.from(secret).toString('hex').toUpperCase(),
  }
  for (const [name, form] of Object.entries(forms)) {
    test(`masks a secret written as ${name}`, () => {
      expect(shown([secret], `<<${form}>>`)).toMatch(/^<<.{0,3}\*\*\*.{0,4}>>$/)
    })
  }

  test('masks what the echo of dash makes of backslashes, also what is encoded after it', () => {
    // `sh -c 'echo "$S"'` on Debian and Ubuntu, and `printf %b` everywhere.
    const echoes: [stored: string, printed: string][] = [
      ['one\\\\two', 'one\\two'],
      ['half\\tother', 'half\tother'],
      ['half\\bother', 'half\bother'],
      ['half\\101other\\0102', 'halfAotherB'],
      ['long enough\\cand the rest', 'long enough'],
    ]
    for (const [stored, printed] of echoes) {
      expect(shown([stored], `<${printed}>`), stored).toBe('<***>')
      expect(shown([stored], encoded(printed)), stored).toMatch(/^\*\*\*.{0,4}$/)
    }
    expect(shown(['no\\quote\\8'], 'no\\quote\\8')).toBe('***')
  })

  test('masks what `base64` wraps into lines', () => {
    const long = randomBytes(100).toString('hex')
    const wrapped = Buffer.from(long).toString('base64').replace(/.{76}/g, '$&\n')
    expect(shown([long], wrapped)).toMatch(/^\*\*\*.{0,4}$/)
  })

  test('masks each line of a secret with several', () => {
    const key = '-----BEGIN KEY-----\nc2VjcmV0c2VjcmV0\n-----END KEY-----\n'
    expect(shown([key], 'line c2VjcmV0c2VjcmV0 alone')).toBe('line *** alone')
    expect(shown([key], key)).not.toMatch(/BEGIN|c2V|END/)
  })

  test('masks the trimmed form of a secret that was stored with a newline', () => {
    expect(shown(['stored-secret\n'], 'stored-secret.')).toBe('***.')
  })

  test('overlapping secrets are masked whole', () => {
    expect(shown(['abcdefg', 'efghijk'], '-abcdefghijk-')).toBe('-***-')
  })

  test('the longest of several secrets is masked', () => {
    expect(shown(['secret', 'secret-and-more'], 'secret-and-more secret-and secret')).toBe(
      '*** ***-and ***',
    )
  })

  test('a secret inside a longer one that does not come is still masked', () => {
    expect(shown(['xx-secret-yy-zz', 'secret'], 'xx-secret-yy-no')).toBe('xx-***-yy-no')
  })

  test('texts under 6 characters are not masked, for the log stays readable', () => {
    expect(shown(['abcde', 'true'], 'abcde true')).toBe('abcde true')
  })

  test('every split of the output gives the same', () => {
    const masks = ['abcabcabd', 'bcabca', 'first line\nsecond line']
    const text = Buffer.from('abcabcabcabd..bcabcabca first line\nsecond line\xff abcabc', 'latin1')
    const redactor = makeRedactor(masks)
    const whole = shownInPieces(redactor, text, text.length)
    expect(whole).not.toMatch(/bcabca|abcabcabd|first|second/)
    for (let size = 1; size < text.length; size += 1) {
      expect(shownInPieces(redactor, text, size)).toBe(whole)
    }
    for (let cut = 0; cut <= text.length; cut += 1) {
      const stream = redactor.stream()
      const parts = [stream.push(text.subarray(0, cut)), stream.push(text.subarray(cut))]
      expect(Buffer.concat([...parts, stream.end()]).toString('latin1')).toBe(whole)
    }
  })

  test('agrees with a slow and simple redactor on random texts', () => {
    let state = 7
    const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below
    const letters = (length: number) =>
      Array.from({ length }, () => 'ab'.charAt(random(2))).join('')
    for (let round = 0; round < 100; round += 1) {
      const masks = Array.from({ length: 1 + random(3) }, () => letters(6 + random(3)))
      const text = letters(random(60))
      expect(shownInPieces(makeRedactor(masks), Buffer.from(text), 1 + random(9))).toBe(
        slowly(masks, text),
      )
    }
  })

  test('what cannot be the beginning of a secret is not held back', () => {
    const stream = makeRedactor(['secret-word']).stream()
    expect(Buffer.from(stream.push(Buffer.from('hello sec'))).toString()).toBe('hello ')
    expect(Buffer.from(stream.push(Buffer.from('ond\n'))).toString()).toBe('second\n')
  })

  test('bytes that are no text pass unchanged', () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256))
    expect(shownInPieces(makeRedactor(['secret-word']), bytes, 7)).toBe(bytes.toString('latin1'))
  })

  test('without secrets it hands on the very same bytes', () => {
    const bytes = Buffer.from('free')
    expect(makeRedactor([]).stream().push(bytes)).toBe(bytes)
  })
})

/** Merges what overlaps. Good for texts of a and b, which have no other forms. */
function slowly(masks: string[], text: string): string {
  const found: { start: number; end: number }[] = []
  for (let start = 0; start < text.length; start += 1) {
    const longest = masks.filter((mask) => text.startsWith(mask, start)).map((mask) => mask.length)
    if (longest.length === 0) continue
    const end = start + Math.max(...longest)
    const last = found.at(-1)
    if (last !== undefined && last.end > start) last.end = Math.max(last.end, end)
    else found.push({ start, end })
  }
  return found.reduceRight(
    (left, { start, end }) => `${left.slice(0, start)}***${left.slice(end)}`,
    text,
  )
}

describe('a log that is watched', () => {
  /** One for each character that base64 has, so that any end may be the beginning of one. */
  const secrets = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map(
    (first, index) => `${first}${'zyxwvutsrq'.slice(0, 9)}${index}`,
  )

  test.each(['ready\n', 'Server listening on port 8080\n', 'a\r\n', '> Task :app:lint\n', '42%\n'])(
    'shows the line %j at once, whatever secrets there are',
    (line) => {
      const stream = makeRedactor(secrets).stream()
      for (let time = 0; time < 3; time += 1) {
        expect(Buffer.from(stream.push(Buffer.from(line))).toString()).toBe(line)
      }
    },
  )

  test('knows a line of wrapped base64 by what of it was shown before', () => {
    const [secret = ''] = secrets
    const encoded = Buffer.from(secret).toString('base64')
    for (let cut = 1; cut < encoded.length - 1; cut += 1) {
      const stream = makeRedactor(secrets).stream()
      const shown = ['-'.repeat(17), encoded.slice(0, cut), '\n', `  ${encoded.slice(cut)}\n`]
        .map((piece) => Buffer.from(stream.push(Buffer.from(piece))).toString())
        .concat(Buffer.from(stream.end()).toString())
        .join('')
      expect(shown.replaceAll(/\s/g, '')).toMatch(/^-{17}\*\*\*.{0,2}$/)
    }
  })
})
