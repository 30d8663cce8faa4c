import { z } from 'zod'
import { OoreError } from '../../lib/errors.ts'
import type { Secret } from '../../lib/secret.ts'
import { askGoogle, type Google, GoogleRefused, signInToGoogle } from './account.ts'

/*
 * What Google Play has of an app ("Google Play Developer API", edits). It tells only within an edit,
 * which is opened for the question and given up after it: nothing is changed.
 */

export const playScope = 'https://www.googleapis.com/auth/androidpublisher'
export const playHost = 'androidpublisher.googleapis.com'

export type PlayRelease = {
  name?: string | undefined
  /** `draft`, `inProgress`, `halted`, `completed` */
  status?: string | undefined
  versionCodes?: string[] | undefined
}
export type PlayTrack = { track: string; releases?: PlayRelease[] | undefined }
/** A bundle or an APK that was uploaded. */
export type PlayBinary = { versionCode: number }

const release = z.looseObject({
  name: z.string().optional(),
  status: z.string().optional(),
  versionCodes: z.array(z.string()).optional(),
})
const track = z.looseObject({ track: z.string(), releases: z.array(release).optional() })
const binary = z.looseObject({ versionCode: z.number() })

/** The tracks of an app with what is released on them. Throws OoreError, GoogleRefused. */
export const listPlayTracks = (google: Google, app: string): Promise<PlayTrack[]> =>
  inEdit(
    google,
    app,
    async (ask) =>
      understood(z.object({ tracks: z.array(track).default([]) }), await ask('/tracks')).tracks,
  )

/** The bundles, or APKs, that were ever uploaded of an app and are still there. */
export const listPlayBinaries = (
  google: Google,
  app: string,
  kind: 'bundles' | 'apks',
): Promise<PlayBinary[]> =>
  inEdit(google, app, async (ask) => {
    const shape = z.object({ [kind]: z.array(binary).default([]) })
    return understood(shape, await ask(`/${kind}`))[kind] ?? []
  })

/** The highest version code that is released, or about to be, on some tracks; null where none is. */
export function latestVersionCode(
  tracks: readonly PlayTrack[],
  wanted: readonly string[] | null,
): number | null {
  const codes = tracks
    .filter((each) => wanted === null || wanted.includes(each.track))
    .flatMap(({ releases = [] }) => releases.flatMap(({ versionCodes = [] }) => versionCodes))
    .map(Number)
    .filter(Number.isSafeInteger)
  return codes.length === 0 ? null : codes.reduce((most, code) => Math.max(most, code))
}

type Ask = (path: string) => Promise<unknown>

async function inEdit<T>(google: Google, app: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const token = await signInToGoogle(google)
  const edits = `/androidpublisher/v3/applications/${encodeURIComponent(app)}/edits`
  const opened = await open(google, token, { edits, app })
  const edit = `${edits}/${encodeURIComponent(opened)}`
  try {
    return await work((path) => askGoogle(google, token, { path: `${edit}${path}` }))
  } finally {
    // It ends by itself too, so it is asked once and nobody is told.
    const ending = { method: 'DELETE', path: edit, askedMax: 1 } as const
    await askGoogle(google, token, ending).catch(() => undefined)
  }
}

async function open(
  google: Google,
  token: Secret,
  { edits, app }: { edits: string; app: string },
): Promise<string> {
  try {
    const answer = await askGoogle(google, token, { method: 'POST', path: edits, body: {} })
    return understood(z.object({ id: z.string() }), answer).id
  } catch (error) {
    if (!(error instanceof GoogleRefused)) throw error
    if (error.status === 404) {
      throw new OoreError(
        'not_found',
        `Google Play knows no app ${app}. The first build of an app is uploaded by hand in the Play Console.`,
        { cause: error },
      )
    }
    if (error.status !== 403) throw error
    throw new OoreError(
      'conflict',
      `${google.account.email} may not see ${app}: ${error.message} Invite it in the Play Console under Users and permissions.`,
      { cause: error },
    )
  }
}

/** Throws OoreError `unavailable` where Google's answer is another than documented. */
function understood<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer ?? {})
  if (read.success) return read.data
  throw new OoreError(
    'unavailable',
    `Google Play answered in a way that is not understood (${read.error.issues[0]?.path.join('.') ?? ''}).`,
  )
}
