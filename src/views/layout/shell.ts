import type { PersonVerb } from '../../core/access/may.ts'
import type { Notice } from '../ui/notice.tsx'

export type Theme = 'light' | 'dark' | 'system'

/** What is wrong, as a sentence, and where it is mended. */
export type Alert = { text: string; href: string; action: string }

/** What every page needs to know besides its own subject. */
export type Shell = {
  /** Who is signed in, as the header names them; null for a stranger. */
  actor: string | null
  /** May they do this? What they may not is not offered. */
  may: (verb: PersonVerb) => boolean
  /** Builds that run now, for the header. */
  runningCount: number
  /** The address of a built file: `app.css` becomes `/assets/app-1f3c….css`. */
  assets: (name: string) => string
  /** Path and query of this request: marks the place in the navigation, and is where to return. */
  path: string
  theme: Theme
  /** What an administrator has to do something about, on every page until it is done. */
  alerts?: readonly Alert[]
  /** Something to say once, above the page. */
  notice?: Notice | null
}
