type Input = string | number | boolean

/**
 * A condition with its `${{ … }}` replaced, each as the language writes its value: in quotes where
 * it is text, and within quotes so that it cannot end them. Where `valueOf` knows none the
 * placeholder stays, which the parser reads as the path that it holds.
 */
export function fillCondition(
  text: string,
  valueOf: (written: string, inner: string) => Input | undefined,
): string {
  let quote: string | null = null
  // Bounded, or each "${{" that is never closed would be looked for to the end of the text.
  return text.replace(/\$\{\{(.{0,200}?)\}\}|\\.|["']/gs, (written: string, inner: unknown) => {
    if (typeof inner !== 'string') {
      if (written === quote) quote = null
      else if (quote === null && written.length === 1) quote = written
      return written
    }
    const value = valueOf(written, inner)
    if (value === undefined) return written
    return quote === null ? JSON.stringify(value) : withinQuotes(String(value))
  })
}

const withinQuotes = (text: string): string =>
  JSON.stringify(text).slice(1, -1).replaceAll("'", "\\'")
