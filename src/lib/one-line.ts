/**
 * Text as one plain line: white space, control characters and marks that turn the direction become
 * single spaces, and what is longer than `max` characters is cut, with an ellipsis as its last one.
 */
export function oneLine(text: string, max: number): string {
  const line = text.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069\s]+/gu, ' ').trim()
  if (line.length <= max) return line
  let kept = ''
  for (const character of line) {
    if (kept.length + character.length > max - 1) break
    kept += character
  }
  return `${kept.trimEnd()}…`
}
