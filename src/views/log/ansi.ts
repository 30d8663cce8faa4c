import { AnsiUp } from 'ansi_up'

/*
 * What programs write for terminals, as escaped markup with classes, because our pages allow no
 * inline style. ansi_up keeps the colours and escapes the text; everything else a terminal would
 * obey (titles, cursor moves, clears) is taken out before, and links are ours.
 */

/** Links (OSC 8), other orders to the terminal, colours and other control sequences, lone escapes. */
const sequences =
  // oxlint-disable-next-line no-control-regex -- these are the characters looked for
  /\x1b\]([^\x07\x1b]*)(?:\x07|\x1b\\|$)|\x1b[PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b\[([0-?]*)[ -/]*([@-~]|$)|\x1b[ -/]*[0-~]?/g

const hidden =
  // oxlint-disable-next-line no-control-regex -- these are the characters looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

const linkShape = /^8;[^;]*;(.*)$/s
const linkLengthMax = 2048
const linkRel = 'noopener noreferrer nofollow'

/** Paints one line after the other; colours and links that a line leaves on go on in the next. */
export class AnsiPainter {
  #colours = newColours()
  #link: string | null = null

  /** One line, without its end, as markup. */
  paint(text: string): string {
    let html = ''
    let at = 0
    for (const match of text.matchAll(sequences)) {
      html += this.#text(text.slice(at, match.index))
      at = match.index + match[0].length
      const [, order, parameters, final] = match
      if (order !== undefined) this.#obey(order)
      else if (final === 'm') this.#colour(parameters ?? '')
    }
    return html + this.#text(text.slice(at))
  }

  /** Lets a line's colours take effect without showing it. */
  pass(text: string): void {
    for (const [, order, parameters, final] of text.matchAll(sequences)) {
      if (order !== undefined) this.#obey(order)
      else if (final === 'm') this.#colour(parameters ?? '')
    }
  }

  /** Another painter that goes on from here by itself. */
  copy(): AnsiPainter {
    const copy = new AnsiPainter()
    copy.#colours = Object.assign(newColours(), this.#colours)
    copy.#link = this.#link
    return copy
  }

  #obey(order: string): void {
    const url = linkShape.exec(order)?.[1]
    if (url !== undefined) this.#link = webAddress(url)
  }

  #colour(parameters: string): void {
    if (/[^\d;:]/.test(parameters)) return
    this.#colours.ansi_to_html(`\x1b[${parameters.replaceAll(':', ';')}m`)
  }

  #text(text: string): string {
    if (text === '') return ''
    const painted = this.#colours.ansi_to_html(text)
    const html = stylesToClasses(painted).replace(hidden, codePoint)
    return this.#link === null ? html : `<a href="${this.#link}" rel="${linkRel}">${html}</a>`
  }
}

function newColours(): AnsiUp {
  const colours = new AnsiUp()
  colours.use_classes = true
  // Names, not styles: they come out in `style` and are moved into `class` below.
  colours.boldStyle = 'ansi-bold'
  colours.faintStyle = 'ansi-faint'
  colours.italicStyle = 'ansi-italic'
  colours.underlineStyle = 'ansi-underline'
  return colours
}

const opening = /^<span(?: style="([^"]*)")?(?: class="([^"]*)")?>/

function stylesToClasses(html: string): string {
  return html.replace(opening, (_, styles: string | undefined, classes: string | undefined) => {
    const names = styles?.split(';').map(className) ?? []
    return `<span class="${[...names, ...(classes ? [classes] : [])].join(' ')}">`
  })
}

/** A style as a class. A colour of the 256 or 16 million becomes the nearest that has two themes. */
function className(style: string): string {
  const rgb = /^(color|background-color):rgb\((\d+),(\d+),(\d+)\)$/.exec(style)
  if (!rgb) return style
  const [, property, red, green, blue] = rgb
  const name = nearest([Number(red), Number(green), Number(blue)])
  return `ansi-${name}-${property === 'color' ? 'fg' : 'bg'}`
}

type Rgb = readonly [number, number, number]

const palette: Record<string, Rgb> = {
  black: [0, 0, 0],
  red: [205, 0, 0],
  green: [0, 205, 0],
  yellow: [205, 205, 0],
  blue: [0, 0, 238],
  magenta: [205, 0, 205],
  cyan: [0, 205, 205],
  white: [229, 229, 229],
  'bright-black': [127, 127, 127],
  'bright-red': [255, 85, 85],
  'bright-green': [85, 255, 85],
  'bright-yellow': [255, 255, 85],
  'bright-blue': [92, 92, 255],
  'bright-magenta': [255, 85, 255],
  'bright-cyan': [85, 255, 255],
  'bright-white': [255, 255, 255],
}

function nearest(rgb: Rgb): string {
  const distance = (other: Rgb) =>
    other.reduce((sum, part, i) => sum + (part - (rgb[i] ?? 0)) ** 2, 0)
  const byDistance = Object.entries(palette).toSorted(([, a], [, b]) => distance(a) - distance(b))
  return byDistance[0]?.[0] ?? 'white'
}

/** The address escaped for an attribute; null unless it leads to the web. */
function webAddress(text: string): string | null {
  if (text.length > linkLengthMax || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return null
  return new URL(text).href.replaceAll('&', '&amp;').replaceAll('"', '%22').replaceAll("'", '%27')
}

const codePoint = (character: string): string =>
  `<span class="code-point">U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}</span>`
