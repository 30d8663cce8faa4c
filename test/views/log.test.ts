import { describe, expect, test } from 'vitest'
import type { LogLine } from '../../src/core/logs/lines.ts'
import { AnsiPainter } from '../../src/views/log/ansi.ts'
import { logRows, openRow } from '../../src/views/log/lines.ts'
import { noon } from '../support/clock.ts'

const paint = (...lines: string[]): string[] => {
  const painter = new AnsiPainter()
  return lines.map((line) => painter.paint(line))
}

describe('what programs write for terminals', () => {
  test('becomes classes, never styles, and goes on in the next line', () => {
    expect(paint('\x1b[31mred', 'still\x1b[0m plain')).toEqual([
      '<span class="ansi-red-fg">red</span>',
      '<span class="ansi-red-fg">still</span> plain',
    ])
    expect(paint('\x1b[1;2;3;4;92;41mx')).toEqual([
      '<span class="ansi-bold ansi-faint ansi-italic ansi-underline ansi-bright-green-fg ansi-red-bg">x</span>',
    ])
  })

  test.each([
    ['256 colours', '\x1b[38;5;196m', 'ansi-red-fg'],
    ['16 million', '\x1b[38;2;250;90;80m', 'ansi-bright-red-fg'],
    ['with colons', '\x1b[48:5:21m', 'ansi-blue-bg'],
  ])('%s become the nearest of the theme', (_, sequence, name) => {
    expect(paint(`${sequence}x`)).toEqual([`<span class="${name}">x</span>`])
  })

  test.each([
    ['a title', '\x1b]0;title\x07text'],
    ['a cursor move', '\x1b[2K\x1b[1Gtext'],
    ['a private mode', '\x1b[?25ltext'],
    ['a character set', '\x1b(Btext'],
    ['a device string', '\x1bPq#0\x1b\\text'],
    ['a sequence without an end', 'text\x1b[38;5'],
    ['a title without an end', 'text\x1b]0;ti'],
    ['an escape alone', 'text\x1b'],
  ])('%s is taken out', (_, line) => {
    expect(paint(line)).toEqual(['text'])
  })

  test('links lead to the web or nowhere', () => {
    const link = (url: string) => paint(`\x1b]8;;${url}\x1b\\text\x1b]8;;\x1b\\ after`)[0]
    const rel = 'rel="noopener noreferrer nofollow"'
    expect(link('https://example.com/?a=1&b="')).toBe(
      `<a href="https://example.com/?a=1&amp;b=%22" ${rel}>text</a> after`,
    )
    expect(link('http://example.com/')).toBe(`<a href="http://example.com/" ${rel}>text</a> after`)
    for (const url of [
      'javascript:alert(1)',
      'JAVASCRIPT://x',
      'data:text/html,x',
      'file:///etc',
      'https://',
      '',
    ]) {
      expect(link(url)).toBe('text after')
    }
  })

  test('nothing that is written becomes markup', () => {
    expect(paint('<img src=x onerror=alert(1)>')).toEqual(['&lt;img src=x onerror=alert(1)&gt;'])
    expect(paint('\x1b[1m</span style="x">')).toEqual([
      '<span class="ansi-bold">&lt;/span style=&quot;x&quot;&gt;</span>',
    ])
    expect(paint('a\u0000b\u202ec')).toEqual([
      'a<span class="code-point">U+0000</span>b<span class="code-point">U+202E</span>c',
    ])
  })

  test('random bytes never leave an open tag, a raw bracket or a style', () => {
    const alphabet = [
      '\x1b',
      '[',
      ']',
      '8;;',
      'https://x/',
      '<',
      '>',
      '"',
      "'",
      '&',
      'm',
      '31',
      ';',
      '\x07',
      '\\',
      'a',
      '\r',
    ]
    let state = 1
    for (let round = 0; round < 3000; round++) {
      let line = ''
      for (let i = 0; i < 25; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        line += alphabet[state % alphabet.length]
      }
      const [html = ''] = paint(line)
      const bare = html
        .replaceAll(/<span class="[\w -]+">|<\/span>/g, '')
        .replaceAll(/<a href="https:[^"<>]*" rel="[a-z ]+">|<\/a>/g, '')
      expect(bare).not.toMatch(/[<>"]/)
      expect(html.split('<span').length).toBe(html.split('</span>').length)
      expect(html.split('<a ').length).toBe(html.split('</a>').length)
    }
  })
})

const line = (text: string, more: Partial<LogLine> = {}): LogLine => ({
  is: 'line',
  offset: 0,
  number: 120,
  at: noon,
  stream: 'stdout',
  text,
  continued: false,
  ...more,
})

describe('rows', () => {
  test('have an anchor, a time and their stream', () => {
    expect(logRows([line('a & b', { stream: 'stderr' })], '2', new AnsiPainter())).toBe(
      '<div class="log-line" id="s2-L120" data-stream="stderr">' +
        '<a class="log-number" href="#s2-L120" tabindex="-1">120</a>' +
        '<time class="log-time" datetime="2026-01-01T12:00:00.000Z"></time>' +
        '<span class="log-text">a &amp; b</span></div>',
    )
  })

  test('show the last state of a progress bar, with the colours of all', () => {
    const states = Array.from({ length: 10_000 }, (_, i) => `${i} %`).join('\r')
    const html = logRows([line(`\x1b[32m${states}\r`), line('next')], 'setup', new AnsiPainter())
    expect(html).toContain(
      '<span class="log-text"><span class="ansi-green-fg">9999 %</span></span>',
    )
    expect(html).toContain('<span class="ansi-green-fg">next</span>')
    expect(html.length).toBeLessThan(700)
  })

  test('a part of a long line has no number of its own', () => {
    const html = logRows([line('x', { continued: true })], '2', new AnsiPainter())
    expect(html).not.toContain('id=')
    expect(html).toContain('↳')
  })

  test('an open line leaves no colour behind', () => {
    const painter = new AnsiPainter()
    expect(openRow(line('\x1b[31mred'), '2', painter)).toContain('ansi-red-fg')
    expect(painter.paint('plain')).toBe('plain')
  })

  test('a gap says what is missing', () => {
    const gap = { is: 'gap', offset: 0, number: 9000, bytes: 5_000_000, lines: 8000 } as const
    expect(logRows([gap], '2', new AnsiPainter())).toContain('8,000 lines (5.0 MB) left out here')
  })
})
