import { paths } from '../../views/paths.ts'

export type Near = { name: string; href: string }

const places: readonly Near[] = [
  { name: 'Builds', href: paths.builds() },
  { name: 'Repositories', href: paths.repositories() },
  { name: 'Webhooks', href: paths.webhooks() },
  { name: 'Settings', href: paths.settings() },
]

const beginningLength = 3

/** The pages that may have been meant by an address that leads nowhere. */
export function nearOf(path: string): Near[] {
  // Taken as it is: `//` would be no path to URL, but the beginning of a host.
  const [pathname = ''] = path.split('?')
  const place = pathname.split('/').find(Boolean) ?? ''
  const mended = pathname
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .replace(/[0-7][0-9a-hjkmnp-tv-z]{25}/gi, (id) => id.toUpperCase())
  const beginning = `/${place.slice(0, beginningLength).toLowerCase()}`
  const likely = places.filter(({ href }) => place !== '' && href.startsWith(beginning))
  if (mended === pathname || mended === '' || likely.some(({ href }) => href === mended))
    return likely
  return [{ name: mended, href: mended }, ...likely]
}
