import { z } from 'zod'
import type { explainPipeline } from '../../core/pipelines/explain.ts'
import type { ExplainValues } from '../../views/pipelines/explain.tsx'
import { listIn } from './lists.ts'

/* An event that is asked about: what would it start? The same for the page and for the API. */

const name = z.string().min(1).max(300)
const paths = z.array(z.string().min(1).max(1_000)).max(3_000)
const about = {
  commit_message: z.string().max(10_000).nullish(),
  changed_files: paths.nullish(),
}
const pullRequest = {
  branch: name,
  target_branch: name,
  draft: z.boolean().optional(),
  labels: z.array(z.string().min(1).max(100)).max(100).optional(),
  ...about,
}

export const eventBody = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('push'), branch: name, ...about }),
    z.object({ type: z.literal('pull_request'), ...pullRequest }),
    z.object({ type: z.literal('pull_request_labeled'), ...pullRequest }),
    z.object({ type: z.literal('tag'), tag: name, ...about }),
    z.object({ type: z.literal('manual') }),
  ],
  {
    error: ({ code }) =>
      code === 'invalid_union'
        ? 'must be push, pull_request, pull_request_labeled, tag or manual'
        : undefined,
  },
)

type AskedEvent = Parameters<typeof explainPipeline>[1]['event']

/** The event as it is asked about. */
export function happenedIn(asked: z.infer<typeof eventBody>): AskedEvent {
  if (asked.type === 'manual') return asked
  const seen = {
    commitMessage: asked.commit_message || null,
    changedFiles: asked.changed_files ?? null,
  }
  if (asked.type === 'push') return { type: 'push', branch: asked.branch, ...seen }
  if (asked.type === 'tag') return { type: 'tag', tag: asked.tag, ...seen }
  const { type, branch, target_branch: targetBranch, draft = false, labels = [] } = asked
  return { type, branch, targetBranch, draft, labels, ...seen }
}

const text = z.string().max(100_000).optional()

/** The form about an event: what its address holds. */
export const eventQuery = z.object({
  event: text,
  branch: text,
  target_branch: text,
  tag: text,
  labels: text,
  draft: text,
  changed_files: text,
  commit_message: text,
})

/** The form's fields, the empty ones too. */
export const eventValues = (
  query: z.infer<typeof eventQuery>,
  defaultBranch: string,
): ExplainValues => ({
  event: query.event ?? 'push',
  branch: query.branch ?? defaultBranch,
  target_branch: query.target_branch ?? defaultBranch,
  tag: query.tag ?? '',
  labels: query.labels ?? '',
  draft: query.draft ?? '',
  changed_files: query.changed_files ?? '',
  commit_message: query.commit_message ?? '',
})

/** What the form says, as `eventBody` reads it. Fields that its event has not are overlooked. */
export function eventInForm(values: ExplainValues): unknown {
  const changed = values.changed_files.split(/\r?\n/).map((path) => path.trim())
  const files = changed.filter((path) => path !== '')
  return {
    type: values.event,
    branch: values.branch.trim(),
    target_branch: values.target_branch.trim(),
    tag: values.tag.trim(),
    draft: values.draft === 'true',
    labels: listIn(values.labels),
    commit_message: values.commit_message,
    changed_files: files.length === 0 ? null : files,
  }
}
