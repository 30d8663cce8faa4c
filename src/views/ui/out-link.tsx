import { safeUrl } from './link.ts'
import { Theirs } from './text.tsx'

/** A link to a page at a forge, whose address came from there; text where that is no address. */
export function OutLink({ href, children }: { href: string | null; children: string }) {
  const url = href === null ? null : safeUrl(href)
  if (url === null) return <Theirs>{children}</Theirs>
  return (
    <a href={url} rel="noreferrer">
      <Theirs>{children}</Theirs>
    </a>
  )
}
