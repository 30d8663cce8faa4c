import { z } from 'zod'
import { MiB } from '../../lib/sizes.ts'
import type { Commented, ForgeTarget, PullRequestComment } from '../contract.ts'
import { writeComment } from '../forge/comment.ts'
import { forge, githubRepository } from './api.ts'

/** A comment has at most 64 KiB, and a page of them is read whole. */
const perPage = 50
const answerBytesMax = 8 * MiB

const comment = z.object({
  id: z.int().min(1),
  body: z.string().nullish(),
  user: z.object({ id: z.int() }).nullish(),
  performed_via_github_app: z.object({ id: z.int() }).nullish(),
})

/**
 * Writes the comment of a pull request: docs.github.com, REST API, "Issue comments", which those of
 * pull requests are too. See `Scm.comment`.
 */
export async function commentOnGithub(
  target: ForgeTarget,
  wanted: PullRequestComment,
  signal?: AbortSignal,
): Promise<Commented> {
  const github = githubRepository(target, signal)
  if ('is' in github) return github
  const authors = new Map<number, number | undefined>()
  return writeComment(
    {
      forge,
      async list(page) {
        const query = new URLSearchParams({ per_page: String(perPage), page: String(page) })
        const path = `/issues/${wanted.number}/comments?${query}`
        const answer = await github.ask(path, { answerBytesMax })
        if ('is' in answer || answer.status >= 300) return answer
        const read = z.array(comment).safeParse(answer.json)
        if (!read.success) return null
        for (const { id, user } of read.data) authors.set(id, user?.id)
        const comments = read.data.map((each) => ({
          id: each.id,
          body: each.body ?? '',
          // Whoever may write to the repository may change the comments of others: a marker that
          // somebody copied must not give theirs away.
          isOwn:
            target.via === 'app' ? each.performed_via_github_app != null : ('unknown' as const),
        }))
        return { comments, isLast: comments.length < perPage }
      },
      change: (id, body) =>
        github.post(`/issues/comments/${id}`, { body }, { method: 'PATCH', answerBytesMax }),
      make: (body) =>
        github.post(`/issues/${wanted.number}/comments`, { body }, { answerBytesMax }),
      remove: (id) => github.post(`/issues/comments/${id}`, null, { method: 'DELETE' }),
      async isOwn({ id }) {
        const answer = await github.ask('/user', { isOfRepository: false })
        if ('is' in answer || answer.status >= 300) return answer
        const me = z.object({ id: z.int() }).safeParse(answer.json)
        return me.success && me.data.id === authors.get(id)
      },
      idIn({ json }) {
        const read = comment.safeParse(json)
        return read.success ? String(read.data.id) : null
      },
    },
    wanted,
  )
}
