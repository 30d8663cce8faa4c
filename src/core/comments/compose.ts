import { and, asc, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { durationText, KiB, sizeText } from '../../lib/sizes.ts'
import { codeText, fitted, plainText, table } from '../../lib/markdown.ts'
import type { Artifact } from '../artifacts/artifact.ts'
import { storedArtifacts } from '../artifacts/list.ts'
import { type Build, type BuildStatus, durationMs } from '../builds/build.ts'
import { buildOf } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { installLinkOf, qrImageOf } from '../installs/link.ts'
import { buildPage } from '../outbox/pages.ts'
import { failedTests } from '../outbox/tests.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { summariseTests } from '../tests/summarise.ts'
import type { CommentRow } from './send.ts'

/** GitHub takes 65,536 characters. */
const bodyBytesMax = 60 * KiB
const workflowsShownMax = 50
const artifactsShownMax = 20
/** Of why a build ended. Characters. */
const whyLengthMax = 200

/** What finds the comment again; nobody sees it. */
export const markerOf = ({ repositoryId, number }: CommentRow): string =>
  `<!-- oore:${repositoryId}:${number} -->`

/** The comment's words: how the newest build of each workflow stands, of one commit. */
export async function composeComment(
  ctx: Ctx,
  comment: CommentRow,
  repository: RepositoryRow,
): Promise<string> {
  const builds = await newestOfEach(ctx, comment, repository)
  const shown = builds.slice(0, workflowsShownMax)
  const lines = [
    `### ${titleOf(builds)}`,
    '',
    ...table(
      ['Workflow', 'Result', 'Took', 'Build'],
      shown.map((build) => rowOf(ctx, build)),
    ),
    ...(builds.length > shown.length ? ['', `… and ${builds.length - shown.length} more.`] : []),
  ]
  for (const build of shown) lines.push(...(await moreOf(ctx, build)))
  const about = `Of commit ${comment.commitSha}.`
  const room = bodyBytesMax - Buffer.byteLength(`${markerOf(comment)}\n\n\n${about}`)
  const note = '… the rest is on the pages of the builds.'
  return `${markerOf(comment)}\n${fitted(lines, room, note)}\n\n${about}`
}

/** A workflow that was started again shows how it stands now. */
async function newestOfEach(
  ctx: Ctx,
  { repositoryId, number, commitSha }: CommentRow,
  { fullName }: RepositoryRow,
): Promise<Build[]> {
  const { builds: b } = schema
  const rows = await ctx.db.read
    .select()
    .from(b)
    .where(
      and(
        eq(b.repositoryId, repositoryId),
        eq(b.pullRequestNumber, number),
        eq(b.commitSha, commitSha),
      ),
    )
    .orderBy(asc(b.id))
    .all()
  const newest = new Map(rows.map((row) => [row.workflow, buildOf(row, fullName)]))
  return [...newest.values()]
}

function titleOf(builds: readonly Build[]): string {
  const count = (...statuses: BuildStatus[]) =>
    builds.filter(({ status }) => statuses.includes(status)).length
  const parts = [
    [count('failure'), 'failed'],
    [count('cancelled'), 'cancelled'],
    [count('waiting_approval'), 'waiting for approval'],
    [count('pending', 'running'), 'not done yet'],
    [count('success'), 'succeeded'],
    [count('skipped'), 'skipped'],
  ] as const
  const said = parts.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`)
  return `Oore: ${said.join(', ')}`
}

const words: Record<BuildStatus, string> = {
  waiting_approval: '✋ Needs approval',
  pending: '⏳ Waiting',
  running: '🔵 Running',
  success: '✅ Succeeded',
  failure: '❌ Failed',
  cancelled: '⛔ Cancelled',
  skipped: '⚪ Skipped',
}

function rowOf(ctx: Ctx, build: Build): string[] {
  const ms = durationMs(build, ctx.clock())
  const why = (build.errorMessage ?? '').trim().split('\n', 1)[0] ?? ''
  return [
    codeText(build.workflowName),
    why === '' ? words[build.status] : `${words[build.status]}: ${plainText(why, whyLengthMax)}`,
    // What still runs is told now and then, so a time would be old.
    ms === null || build.finishedAt === null ? '' : durationText(ms),
    `[#${build.number}](${buildPage(ctx, build.id)})`,
  ]
}

/** The tests that failed, and what the build left behind. */
async function moreOf(ctx: Ctx, build: Build): Promise<string[]> {
  const tests = await summariseTests(ctx, build)
  const artifacts = await storedArtifacts(ctx, build.id)
  const failed = tests !== null && tests.counts.failed > 0 ? failedTests(tests) : []
  if (failed.length === 0 && artifacts.length === 0) return []
  const shown = artifacts.slice(0, artifactsShownMax)
  const more = artifacts.length - shown.length
  return [
    '',
    `#### ${codeText(build.workflowName)}`,
    '',
    ...(failed.length > 0 ? [...failed, ''] : []),
    ...shown.flatMap((artifact) => artifactLines(ctx, build, artifact)),
    ...(more > 0 ? [`- … and ${more} more`] : []),
  ]
}

function artifactLines(ctx: Ctx, build: Build, artifact: Artifact): string[] {
  const { name, sizeBytes } = artifact
  const line = `- [${codeText(name)}](${buildPage(ctx, build.id)}#artifact-list), ${sizeText(sizeBytes)}`
  // What a stranger wrote is offered to nobody's phone from here, though somebody let it be built.
  const link = build.fork === null ? installLinkOf(ctx, artifact) : null
  if (link === null) return [line]
  const qr = `<img src="${qrImageOf(link).href}" width="160" alt="QR code of the install link">`
  return [
    `${line} · **[Install](${link.href})**`,
    // A block of its own within the item, as both forges draw it.
    `  <details><summary>QR code</summary>${qr}</details>`,
  ]
}
