import { z } from 'zod'
import { OoreError } from '../../lib/errors.ts'
import { askGoogle, type Google, signInToGoogle } from './account.ts'

/* What Firebase App Distribution has of an app ("Firebase App Distribution API", releases). */

export const firebaseScope = 'https://www.googleapis.com/auth/cloud-platform'
export const firebaseHost = 'firebaseappdistribution.googleapis.com'

/** The most that a page may have. */
const pageSize = '100'
const pagesMax = 50

/** An app in a project: `1:228333310124:ios:5e439e0d0231a788ac8f09`. */
export type FirebaseApp = { project: string; app: string }
export type FirebaseRelease = {
  name: string
  displayVersion?: string | undefined
  buildVersion?: string | undefined
  createTime?: string | undefined
}

const page = z.object({
  releases: z
    .array(
      z.looseObject({
        name: z.string(),
        displayVersion: z.string().optional(),
        buildVersion: z.string().optional(),
        createTime: z.string().optional(),
      }),
    )
    .default([]),
  nextPageToken: z.string().optional(),
})

/** The releases of an app, the newest first, or the newest alone. Throws OoreError, GoogleRefused. */
export async function listFirebaseReleases(
  google: Google,
  { project, app }: FirebaseApp,
  isNewestEnough = false,
): Promise<FirebaseRelease[]> {
  const token = await signInToGoogle(google)
  const path = `/v1/projects/${encodeURIComponent(project)}/apps/${encodeURIComponent(app)}/releases`
  const found: FirebaseRelease[] = []
  let next: string | undefined
  for (let count = 0; count < pagesMax; count += 1) {
    const query: Record<string, string> = { orderBy: 'createTime desc', pageSize }
    if (isNewestEnough) query['pageSize'] = '1'
    if (next !== undefined) query['pageToken'] = next
    const read = page.safeParse((await askGoogle(google, token, { path, query })) ?? {})
    if (!read.success) {
      throw new OoreError('unavailable', 'Firebase answered in a way that is not understood.')
    }
    found.push(...read.data.releases)
    next = read.data.nextPageToken
    if (!next || isNewestEnough) break
  }
  return found
}
