import { z } from 'zod'
import { MiB } from '../../lib/sizes.ts'
import type { Commented, ForgeTarget, PullRequestComment } from '../contract.ts'
import { askForge, postToForge } from '../forge/call.ts'
import { writeComment } from '../forge/comment.ts'
import { forge, gitlabApi } from './api.ts'

const perPage = 50
const answerBytesMax = 8 * MiB

const note = z.object({
  id: z.int().min(1),
  body: z.string().nullish(),
  author: z.object({ id: z.int() }).nullish(),
})

/**
 * Writes the comment of a merge request: docs.gitlab.com, Notes API, "Merge requests". See
 * `Scm.comment`.
 */
export async function commentOnGitlab(
  target: ForgeTarget,
  wanted: PullRequestComment,
  signal?: AbortSignal,
): Promise<Commented> {
  const api = gitlabApi(target)
  if ('is' in api) return api
  const shared = { forge, headers: { accept: 'application/json' }, target, signal, answerBytesMax }
  const notes = `${api.project}/merge_requests/${wanted.number}/notes`
  const authors = new Map<number, number | undefined>()
  return writeComment(
    {
      forge,
      async list(page) {
        const query = new URLSearchParams({
          sort: 'asc',
          order_by: 'created_at',
          per_page: String(perPage),
          page: String(page),
        })
        const answer = await askForge({ ...shared, url: `${notes}?${query}` })
        if ('is' in answer || answer.status >= 300) return answer
        const read = z.array(note).safeParse(answer.json)
        if (!read.success) return null
        for (const { id, author } of read.data) authors.set(id, author?.id)
        const comments = read.data.map(({ id, body }) => ({
          id,
          body: body ?? '',
          isOwn: 'unknown' as const,
        }))
        return { comments, isLast: comments.length < perPage }
      },
      change: (id, body) =>
        postToForge({ ...shared, url: `${notes}/${id}`, method: 'PUT', body: { body } }),
      make: (body) => postToForge({ ...shared, url: notes, body: { body } }),
      remove: (id) =>
        postToForge({ ...shared, url: `${notes}/${id}`, method: 'DELETE', body: null }),
      async isOwn({ id }) {
        const answer = await askForge({ ...shared, url: `${api.base}/user` })
        if ('is' in answer || answer.status >= 300) return answer
        const me = z.object({ id: z.int() }).safeParse(answer.json)
        return me.success && me.data.id === authors.get(id)
      },
      idIn({ json }) {
        const read = note.safeParse(json)
        return read.success ? String(read.data.id) : null
      },
    },
    wanted,
  )
}
