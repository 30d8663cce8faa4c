import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'

/** What an artifact is, by its name: decides its icon and, later, how it is installed. */
export type ArtifactKind = 'apk' | 'aab' | 'ipa' | 'app' | 'archive' | 'symbols' | 'log' | 'file'

export type Artifact = {
  id: Id
  buildId: Id
  /** Unique within the build: a second `app.apk` is called `app_2.apk`. */
  name: string
  /** Where it lay, relative to the clone directory. */
  path: string
  sizeBytes: number
  sha256: string
  contentType: string
  kind: ArtifactKind
  createdAt: Millis
}
