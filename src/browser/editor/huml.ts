import { StreamLanguage, type StringStream } from '@codemirror/language'

/** The delimiter that ends a text over several lines; empty outside of one. */
type State = { textEnd: '' | '"""' | '```' }

/**
 * Enough of HUML to colour it: comments, keys, values, texts over several lines, and the names of
 * blocks in the form with braces. Whether it is right is for the server to say.
 */
export const humlLanguage = StreamLanguage.define<State>({
  name: 'huml',
  startState: () => ({ textEnd: '' }),
  token: (stream, state) => (state.textEnd === '' ? outside(stream, state) : inText(stream, state)),
  languageData: { commentTokens: { line: '#' } },
})

function inText(stream: StringStream, state: State): string {
  if (stream.sol() && stream.match(new RegExp(`^\\s*${state.textEnd}`))) state.textEnd = ''
  else stream.skipToEnd()
  return 'string'
}

function outside(stream: StringStream, state: State): string | null {
  if (stream.eatSpace()) return null
  if (stream.match(/^#.*/)) return 'comment'
  if (stream.match(/^%HUML.*/)) return 'meta'
  const opened = stream.match(/^("""|```)/)
  if (opened) {
    state.textEnd = stream.current() === '"""' ? '"""' : '```'
    return 'string'
  }
  if (stream.match(/^"(?:[^"\\]|\\.)*"(?=\s*::?(?:\s|$))/)) return 'propertyName'
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string'
  if (stream.match(/^[A-Za-z_][\w-]*(?=\s*::?(?:\s|$))/)) return 'propertyName'
  if (stream.match(/^(?:true|false|null|nan|[+-]?inf)(?![\w-])/)) return 'bool'
  if (
    stream.match(
      /^[+-]?(?:0x[\da-f_]+|0o[0-7_]+|0b[01_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.-])/i,
    )
  ) {
    return 'number'
  }
  if (stream.match(/^[A-Za-z_][\w-]*(?=\s*[{["\d]|\s+(?:true|false|null)\b)/)) return 'propertyName'
  if (stream.match(/^[\w./-]+/)) return null
  stream.next()
  return 'punctuation'
}
