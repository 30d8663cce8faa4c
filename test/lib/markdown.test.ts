import { describe, expect, test } from 'vitest'
import { codeBlock, codeText, fitted, plainText } from '../../src/lib/markdown.ts'

describe('text of others', () => {
  test.each([
    ['Run tests', '<code>Run tests</code>'],
    ['a | b', '<code>a &#124; b</code>'],
    ['@everyone #1 `x` <b>', '<code>&#64;everyone &#35;1 &#96;x&#96; &#60;b&#62;</code>'],
    ['[x](https://evil.example)', '<code>&#91;x&#93;(https&#58;//evil.example)</code>'],
    ['www.evil.example', '<code>www&#46;evil.example</code>'],
    ['two\nlines\u202e', '<code>two lines</code>'],
    ['', '<code>&#32;</code>'],
  ])('%j is %s', (text, markdown) => {
    expect(codeText(text)).toBe(markdown)
  })

  test('mentions nobody in a sentence either', () => {
    expect(plainText('ask @ines about #12')).toBe('ask &#64;\u200bines about &#35;\u200b12')
  })

  test('is a block that nothing within it ends', () => {
    expect(codeBlock(['a', '`````', 'b'])).toBe('``````text\na\n`````\nb\n``````')
  })
})

describe('fitted', () => {
  test('leaves what fits as it is', () => {
    expect(fitted(['ä', 'b'], 4, 'more')).toBe('ä\nb')
  })

  test('cuts at a whole line and says so, within the bytes', () => {
    const lines = Array.from({ length: 100 }, (_, n) => `| ${'ü'.repeat(20)} ${n} |`)
    const cut = fitted(lines, 1000, '… more')
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1000)
    expect(cut).toMatch(/\n\n… more$/)
    expect(lines).toEqual(expect.arrayContaining(cut.split('\n').slice(0, -2)))
  })
})
