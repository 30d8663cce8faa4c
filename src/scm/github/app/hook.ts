import { z } from 'zod'
import type { Hook, HookReading } from '../../contract.ts'
import { parseJson } from '../../hook-body.ts'
import { readEvent, readWith } from '../hook.ts'
import { isConnectionEvent, readConnectionEvent } from './event.ts'

/** Whom a delivery is about, by GitHub's own numbers; null where it names nobody. */
export type Addressed = { installation: string | null; repository: string | null }

const number = z
  .object({ id: z.int().min(1) })
  .transform(({ id }) => String(id))
  .nullish()
  .catch(null)
const addressed = z.object({ installation: number, repository: number })

/**
 * Verifies a delivery to the App's webhook, as `readHook` does one of a repository's, and says whom
 * it is about. Throws as `readHook` does.
 */
export function readAppHook(hook: Hook): HookReading & { about: Addressed } {
  let about = nobody
  const reading = readWith(hook, (event, json) => {
    about = aboutOf(json)
    return isConnectionEvent(event) ? readConnectionEvent(event, json) : readEvent(event, json)
  })
  return { ...reading, about }
}

/** Whom the payload of a verified delivery is about. */
export const aboutIn = (payload: string): Addressed => aboutOf(parseJson(Buffer.from(payload)))

function aboutOf(json: unknown): Addressed {
  const read = addressed.safeParse(json)
  if (!read.success) return nobody
  const { installation, repository } = read.data
  return { installation: installation ?? null, repository: repository ?? null }
}

const nobody: Addressed = { installation: null, repository: null }
