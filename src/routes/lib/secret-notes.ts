import { minutes, type Millis } from '../../lib/clock.ts'
import { type Id, newToken } from '../../lib/ids.ts'
import type { Secret } from '../../lib/secret.ts'

const keptMs = minutes(2)
const notesMax = 100

export const noteCookieName = 'oore_note'

/**
 * Secrets on their way from the form that made them to the page that shows them. The answer to the
 * form is a redirect, so that loading again posts nothing twice; the secret waits here, in memory,
 * for the one who holds the note's cookie.
 */
export type SecretNotes = {
  /** Keeps a secret about a thing for two minutes. Gives what takes it again. */
  leave(about: Id, secret: Secret, now: Millis): string
  /** The secret, once; null where the note is not known, used, too old or about another thing. */
  take(note: string, about: Id, now: Millis): Secret | null
}

export function secretNotes(): SecretNotes {
  const notes = new Map<string, { about: Id; secret: Secret; until: Millis }>()
  return {
    leave(about, secret, now) {
      for (const [note, { until }] of notes) {
        // In the order they were left: the oldest gives way when there are too many.
        if (until <= now || notes.size >= notesMax) notes.delete(note)
      }
      const note = newToken()
      notes.set(note, { about, secret, until: now + keptMs })
      return note
    },
    take(note, about, now) {
      const left = notes.get(note)
      if (left === undefined || left.about !== about) return null
      notes.delete(note)
      return now < left.until ? left.secret : null
    },
  }
}

/** `Set-Cookie` for a note, which only the page at `path` is sent. */
export const noteCookie = (note: string, path: string, isHttps: boolean): string =>
  `${noteCookieName}=${note}; Max-Age=${keptMs / 1000}${attributes(path, isHttps)}`

/** `Set-Cookie` that takes a note away. */
export const noNoteCookie = (path: string, isHttps: boolean): string =>
  `${noteCookieName}=; Max-Age=0${attributes(path, isHttps)}`

const attributes = (path: string, isHttps: boolean): string =>
  `; Path=${path}; HttpOnly; SameSite=Strict${isHttps ? '; Secure' : ''}`
