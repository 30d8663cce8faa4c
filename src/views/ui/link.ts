const harmless = new Set(['http:', 'https:'])

/**
 * An address that came from elsewhere, for a link: http and https only. Null for everything else
 * (`javascript:`, `data:`, half an address), which is then shown as text.
 */
export function safeUrl(text: string): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  return harmless.has(url.protocol) && url.username === '' && url.password === '' ? url.href : null
}
