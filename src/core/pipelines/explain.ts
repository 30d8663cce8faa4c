import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { type AskedEvent, happeningOf } from '../../pipeline/events.ts'
import type { PipelineEvent, Verdict } from '../../pipeline/pipeline.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import type { Look, Want } from '../../scm/contract.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import { decideWorkflows, type Occasion } from './decide.ts'
import { findPipeline, type FoundPipeline } from './find.ts'

/**
 * Which workflows of a configuration an event would start, and why each other one not. Where the
 * changed files are not given, a changeset holds nothing back. Starts nothing. Throws OoreError
 * `invalid` where no workflow can be used.
 */
export async function explainPipeline(
  ctx: Ctx,
  asked: { format: PipelineFormat; content: string; event: AskedEvent },
): Promise<Verdict[]> {
  if (!may(ctx.actor, 'pipeline.read')) throw refused(ctx.actor)
  const { pipeline, problems } = await ctx.reader.read(asked.content, asked.format)
  if (pipeline === null) throw unusable(problems)
  return ctx.reader.explainEvent(pipeline, happeningOf(asked.event))
}

/**
 * The same for a repository, by the configuration that a build of that branch or tag would use, and
 * comparing commits where the changed files are not given. A branch that is not there yet is taken
 * for one made from the default branch. Throws as findPipeline does.
 */
export async function explainRepository(
  ctx: Ctx,
  repositoryId: Id,
  asked: AskedEvent,
): Promise<Verdict[]> {
  const row = await findRepositoryRow(ctx, repositoryId)
  if (!may(ctx.actor, 'pipeline.read', { repositoryId })) throw refused(ctx.actor)
  const event = happeningOf(asked)
  const { look, found } = await findFor(ctx, row, wantOf(event))
  if (found.pipeline === null) throw unusable(found.problems)
  const seen =
    event.type === 'manual'
      ? event
      : { ...event, commitMessage: event.commitMessage ?? look.message }
  return decideWorkflows(ctx, row, found, seen, occasionOf(event, look))
}

function wantOf(event: PipelineEvent): Want | null {
  switch (event.type) {
    case 'push':
      return { branch: event.branch }
    case 'tag':
      return { tag: event.tag }
    case 'pull_request':
    case 'pull_request_labeled':
      return { branch: event.sourceBranch }
    case 'manual':
      return null
    default:
      return event satisfies never
  }
}

async function findFor(
  ctx: Ctx,
  row: RepositoryRow,
  want: Want | null,
): Promise<{ look: Look; found: FoundPipeline }> {
  const main = { branch: row.defaultBranch }
  if (want === null) return findPipeline(ctx, row, main)
  try {
    return await findPipeline(ctx, row, want)
  } catch (error) {
    const isMissing =
      error instanceof OoreError &&
      error.trouble === 'invalid' &&
      error.fields.some(({ field }) => field === 'branch' || field === 'tag')
    if (!isMissing) throw error
    return findPipeline(ctx, row, main)
  }
}

function occasionOf(event: PipelineEvent, look: Look): Occasion {
  const shared = {
    commit: look.commit,
    since: null,
    isOfFork: false,
    branch: null,
    tag: null,
    pullRequestNumber: null,
  }
  switch (event.type) {
    case 'push':
      return { ...shared, branch: event.branch, triggerType: 'push' }
    case 'tag':
      return { ...shared, tag: event.tag, triggerType: 'tag' }
    case 'pull_request':
    case 'pull_request_labeled':
      return { ...shared, branch: event.sourceBranch, triggerType: 'pull_request' }
    case 'manual':
      return { ...shared, triggerType: 'manual' }
    default:
      return event satisfies never
  }
}

const unusable = (
  problems: readonly { line: number | null; column: number | null; message: string }[],
): OoreError =>
  new OoreError('invalid', 'The configuration holds no workflow that can be used.', {
    fields: problems.map(({ line, column, message }) => ({
      field: line === null ? 'content' : `content:${line}:${column ?? 1}`,
      message,
    })),
  })
