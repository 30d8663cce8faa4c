import type { Child } from '#jsx/jsx-runtime'

/**
 * Characters that would be invisible or turn the text around them: controls, bidirectional
 * marks, zero-width spaces. The joiner U+200D stays, because emoji are made with it.
 */
const hidden =
  // oxlint-disable-next-line no-control-regex -- these are the characters looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

/** Text that somebody else wrote: kept apart in direction, hidden characters shown by code. */
export const Theirs = ({ children }: { children: string }) => <bdi>{visible(children)}</bdi>

/** The same in the fixed-width type: branches, paths, ids. */
export const Code = ({ children }: { children: string }) => (
  <code>
    <Theirs>{children}</Theirs>
  </code>
)

/** A sentence of ours: `*…*` is what stands on somebody's page, `` `…` `` what is to be typed. */
export const Marked = ({ children }: { children: string }) => (
  <>
    {children.split(/(\*[^*]+\*|`[^`]+`)/).map((part) => {
      const inside = part.slice(1, -1)
      if (part.startsWith('*')) return <strong>{inside}</strong>
      return part.startsWith('`') ? <code>{inside}</code> : part
    })}
  </>
)

/**
 * What went wrong, as it was told: a text of several lines holds excerpts with a caret, which points
 * somewhere only in the fixed-width type, with every space kept and on a line that is not broken.
 */
export const Told = ({ children }: { children: string }) =>
  children.includes('\n') ? (
    <pre class="told" tabindex={0} role="region" aria-label="What went wrong">
      {children.split('\n').map((line, index) => (
        <>
          {index > 0 && '\n'}
          <span class={excerptLine.test(line) ? 'told-excerpt' : undefined}>
            <Theirs>{line}</Theirs>
          </span>
        </>
      ))}
    </pre>
  ) : (
    <p class="breakable">
      <Theirs>{children}</Theirs>
    </p>
  )

/** As `problemText` writes them: `     9 |   - nmae: Build`, and the caret below. */
const excerptLine = /^ *\d* \| /

/** Characters of the end that stay when the middle is cut. */
const tailLength = 10
const cutFrom = 24

/** One line that gives way in the middle, so that beginning and end stay readable. */
export function Middle({ children }: { children: string }) {
  const characters = Array.from(children)
  if (characters.length <= cutFrom) return <Theirs>{children}</Theirs>
  const cut = characters.length - tailLength
  return (
    <bdi class="middle" title={plain(children)}>
      <span>{visible(characters.slice(0, cut).join(''))}</span>
      <span>{visible(characters.slice(cut).join(''))}</span>
    </bdi>
  )
}

/** Hidden characters written as `U+202E`, for attributes and titles, where no markup can stand. */
export const plain = (text: string): string =>
  hidden.test(text) ? Array.from(text, (c) => (hidden.test(c) ? codePoint(c) : c)).join('') : text

function visible(text: string): Child {
  if (!hidden.test(text)) return text
  return Array.from(text, (character) =>
    hidden.test(character) ? <span class="code-point">{codePoint(character)}</span> : character,
  )
}

const codePoint = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
