import { z } from 'zod'
import { OoreError } from '../lib/errors.ts'
import { inWords } from '../lib/wording.ts'
import { checkRefName } from './git/refs.ts'
import type { OneEvent } from './repo-event.ts'

/* What bodies of deliveries have in common: strict about what is used, blind to the rest. */

export const commitId = z
  .string()
  .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'is not the id of a commit')

/** Of a ref's name, in characters. */
export const refLengthMax = 1000
const personLengthMax = 200

/** A push of one ref, as git itself tells it and every forge hands on. */
export const refChange = z.object({
  ref: z.string().max(refLengthMax),
  before: commitId,
  after: commitId,
})
export type RefChange = z.infer<typeof refChange>

/** Somebody's name, for showing. */
export const personName = z
  .string()
  .transform((name) => name.slice(0, personLengthMax))
  .nullish()
  .catch(null)

/** Anybody may write comments, so what they say is no order: security.md FK-15. */
export const commentsStartNothing =
  'A comment starts nothing, whatever it says and whoever wrote it. A build of a fork is approved ' +
  'on its own page here.'

const urlLengthMax = 1000

/** The address of a page at the forge, for a link; whoever shows it looks at its scheme. */
export const pageUrl = z.string().max(urlLengthMax).nullish().catch(null)

/** The body as JSON. Throws OoreError `malformed`. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw malformed('The delivery is not JSON in UTF-8.', [], cause)
  }
}

/** What the schema asks for. Throws OoreError `malformed` with the fields. */
export function readFields<T>(schema: z.ZodType<T>, json: unknown): T {
  const read = schema.safeParse(json, { error: inWords })
  if (read.success) return read.data
  const fields = read.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }))
  const faults = fields.map(({ field, message }) => `${field || 'the body'} ${message}`)
  throw malformed(`The delivery cannot be read: ${faults.join('; ')}.`, fields)
}

/** What a pushed ref means. Throws OoreError `malformed` for a name that git would not accept. */
export function eventOfRef({ ref, before, after }: RefChange, pusher: string | null): OneEvent {
  if (isNothing(after)) return { is: 'ref_deleted', ref }
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.*)$/s.exec(ref) ?? []
  if (kind === 'tags') {
    return { is: 'tag', tag: refName(name, 'tag', 'ref'), commit: after, pusher }
  }
  if (kind === 'heads') {
    const branch = refName(name, 'branch', 'ref')
    return { is: 'push', branch, before: isNothing(before) ? null : before, commit: after, pusher }
  }
  return { is: 'other', why: `${ref} is neither a branch nor a tag.` }
}

/** Throws OoreError `malformed`, naming the field of the body, for what git would not accept. */
export function refName(name: string, kind: 'branch' | 'tag', field: string): string {
  try {
    return checkRefName(name, kind)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'is not a name'
    throw malformed(message, [{ field, message }], cause)
  }
}

/** Git writes only zeros for "there was nothing" and "there is nothing". */
const isNothing = (id: string) => /^0+$/.test(id)

export const malformed = (
  message: string,
  fields: { field: string; message: string }[] = [],
  cause?: unknown,
): OoreError => new OoreError('malformed', message, { fields, cause })
