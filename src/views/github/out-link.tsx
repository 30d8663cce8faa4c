import { safeUrl } from '../ui/link.ts'
import { Theirs } from '../ui/text.tsx'

type OutLinkProps = {
  href: string
  children: string
  class?: string
  /** What it is called where `children` says too little by itself. */
  label?: string
}

/** A link to GitHub, by an address that GitHub gave; text alone where a browser cannot follow it. */
export function OutLink({ href, children, class: className, label }: OutLinkProps) {
  const url = safeUrl(href)
  if (url === null) return <Theirs>{children}</Theirs>
  return (
    <a href={url} class={className} aria-label={label} rel="noopener noreferrer">
      <Theirs>{children}</Theirs>
    </a>
  )
}
