import { Middle } from '../ui/text.tsx'

export type Crumb = { name: string; href?: string }

/** The way here, above the title. The last one is the page itself. */
export const Crumbs = ({ crumbs }: { crumbs: Crumb[] }) => (
  <nav class="crumbs" aria-label="Breadcrumb">
    <ol>
      {crumbs.map((crumb) => (
        <li>
          {crumb.href === undefined ? (
            <span aria-current="page">
              <Middle>{crumb.name}</Middle>
            </span>
          ) : (
            <a href={crumb.href}>
              <Middle>{crumb.name}</Middle>
            </a>
          )}
        </li>
      ))}
    </ol>
  </nav>
)
