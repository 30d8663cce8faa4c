const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML 1.0, 2.2: other characters than these may be in no document, not even by their number. */
// oxlint-disable-next-line no-control-regex -- these are the characters looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

/**
 * A text as the content of an element, or of an attribute in double quotes. What XML cannot hold at all
 * becomes a replacement character.
 */
export const xmlText = (text: string): string =>
  text
    .toWellFormed()
    .replace(forbidden, '\ufffd')
    .replace(/[&<>"]/g, (character) => entities[character] ?? character)
