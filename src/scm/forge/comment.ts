import type { Commented, PullRequestComment, Told } from '../contract.ts'
import { type ForgeAnswer, troubleIn } from './call.ts'

/** One comment of a pull request, as a forge lists them. */
export type ListedComment = { id: number; body: string; isOwn: boolean | 'unknown' }

/** What it takes to have one comment on a forge. Paths and fields are the forge's own. */
export type CommentCalls = {
  forge: string
  /** A page of comments, oldest first, counted from 1. Null where the answer cannot be read. */
  list(
    page: number,
  ): Promise<{ comments: ListedComment[]; isLast: boolean } | null | ForgeAnswer | Told>
  change(id: string, body: string): Promise<ForgeAnswer | Told>
  make(body: string): Promise<ForgeAnswer | Told>
  remove(id: string): Promise<ForgeAnswer | Told>
  /** Who the token speaks for wrote this comment; asked only where the list does not tell. */
  isOwn(comment: ListedComment): Promise<boolean | ForgeAnswer | Told>
  idIn(answer: ForgeAnswer): string | null
}

/** A thousand comments at fifty a page; a marker further down is not looked for. */
const pagesMax = 20

/**
 * Writes the comment: in its place where it is known or found by its marker, else anew. One that was
 * known and is not there any more was deleted by somebody, and is not made again. What an answer that
 * got lost has left behind is removed, so that there is never a second.
 */
export async function writeComment(
  calls: CommentCalls,
  { body, marker, handle, isUnsure }: PullRequestComment,
): Promise<Commented> {
  const found = handle === null || isUnsure ? await findComments(calls, marker) : []
  if (!Array.isArray(found)) return found
  const main = handle ?? found[0]
  for (const id of found.filter((each) => each !== main)) {
    const answer = await calls.remove(id)
    if (isGone(answer)) continue
    const removed = outcomeOf(calls, answer, id)
    if (removed.is !== 'told') return removed
  }
  if (main === undefined) return outcomeOf(calls, await calls.make(body), null)
  const answer = await calls.change(main, body)
  return isGone(answer) ? { is: 'gone' } : outcomeOf(calls, answer, main)
}

const isGone = (answer: ForgeAnswer | Told): boolean =>
  !('is' in answer) && (answer.status === 404 || answer.status === 410)

function outcomeOf(calls: CommentCalls, answer: ForgeAnswer | Told, handle: string | null): Told {
  if ('is' in answer) return answer
  const trouble = troubleIn(answer, calls.forge)
  if (trouble !== null) return worded(trouble, answer, calls.forge)
  const id = handle ?? calls.idIn(answer)
  return id === null
    ? { is: 'later', why: `${calls.forge} took it without a number.`, afterMs: null, unsure: true }
    : { is: 'told', handle: id }
}

/** The comments of ours with this marker, oldest first, or what became of looking for them. */
async function findComments(calls: CommentCalls, marker: string): Promise<string[] | Told> {
  const ids: string[] = []
  for (let page = 1; page <= pagesMax; page += 1) {
    const listed = await calls.list(page)
    if (listed === null) return unreadable(calls)
    if ('is' in listed) return listed
    if ('words' in listed) return refusalOf(calls, listed)
    for (const comment of listed.comments.filter((each) => each.body.startsWith(marker))) {
      const isOwn = comment.isOwn === 'unknown' ? await calls.isOwn(comment) : comment.isOwn
      if (typeof isOwn !== 'boolean') return 'is' in isOwn ? isOwn : refusalOf(calls, isOwn)
      if (isOwn) ids.push(String(comment.id))
    }
    if (listed.isLast) break
  }
  return ids
}

const unreadable = ({ forge }: CommentCalls): Told => ({
  is: 'later',
  why: `${forge} did not say which comments there are.`,
  afterMs: null,
  unsure: false,
})

function refusalOf(calls: CommentCalls, answer: ForgeAnswer): Told {
  const trouble = troubleIn(answer, calls.forge)
  return trouble === null ? unreadable(calls) : worded(trouble, answer, calls.forge)
}

/** What a status code means of comments in particular. */
function worded(trouble: Told, { status, words }: ForgeAnswer, forge: string): Told {
  if (trouble.is !== 'refused' || status !== 403) return trouble
  const said = words === '' ? '' : ` It said “${words}”.`
  const why = `${forge} does not let Oore comment there. Give it the permission that the guide names, or turn the comments off.`
  return { is: 'refused', why: `${why}${said}` }
}
