import { z } from 'zod'
import { isoTime } from '../../lib/clock.ts'
import { MiB } from '../../lib/sizes.ts'
import { oneLine } from '../../lib/one-line.ts'
import type { CheckDetails, CommitStatus, Told } from '../contract.ts'
import { type ForgeAnswer, type JsonValue, troubleIn } from '../forge/call.ts'
import { forge, type GithubRepository, goodOr, isNotPermitted } from './api.ts'

/** GitHub sends the texts of a check back, which may be twice 64 KiB each. */
const answerBytesMax = 1 * MiB
/** Of one name and commit there is one, and a few more after answers that got lost. */
const runsLooked = 20
const runsAnswerBytesMax = 4 * MiB
/** GitHub names no limit for titles; what is longer is no title. Characters. */
const titleLengthMax = 200

/** What a person asks for by the button of `retryAction`: `check_run.requested_action`. */
export const retryIdentifier = 'retry'
/** At most 20 characters of a label, 40 of a description. */
const retryAction = {
  label: 'Build again',
  description: 'The same commit and configuration.',
  identifier: retryIdentifier,
}

const run = z.object({
  id: z.int().min(1),
  status: z.string(),
  external_id: z.string().nullish(),
  details_url: z.string().nullish(),
})
type Run = z.infer<typeof run>

/**
 * Makes the check run of a commit, or changes the one that is there: docs.github.com, REST API,
 * "Check runs". GitHub never takes a completed run back, so what begins again gets another.
 * `not_permitted` where the App was not given checks.
 */
export async function setCheck(
  github: GithubRepository,
  status: CommitStatus,
  check: CheckDetails,
): Promise<Told | 'not_permitted'> {
  const known = check.isUnsure ? await findRuns(github, status, check) : handleOf(check)
  if ('is' in known) return known
  if ('words' in known) return outcomeOf(known)
  const [main, ...strays] = known.ids
  if (main === undefined) return make(github, status, check)
  for (const id of strays) {
    const answer = await change(github, id, status, check)
    // Somebody else's, or gone: nothing that the commit waits for.
    if (!('is' in answer) && (isLost(answer) || answer.status === 422)) continue
    const failed = goodOr(answer)
    if ('is' in failed) return failed
  }
  const answer = await change(github, main, status, check)
  if ('is' in answer) return answer
  return isLost(answer) || isStuck(answer, check) ? make(github, status, check) : outcomeOf(answer)
}

const handleOf = ({ handle }: CheckDetails) => ({ ids: handle === null ? [] : [Number(handle)] })

async function make(
  github: GithubRepository,
  status: CommitStatus,
  check: CheckDetails,
): Promise<Told | 'not_permitted'> {
  const body = { ...bodyOf(status, check), head_sha: status.commit }
  const answer = await github.post('/check-runs', body, { answerBytesMax })
  return 'is' in answer ? answer : outcomeOf(answer)
}

const change = (
  github: GithubRepository,
  id: number,
  status: CommitStatus,
  check: CheckDetails,
): Promise<ForgeAnswer | Told> =>
  github.post(`/check-runs/${id}`, bodyOf(status, check), { method: 'PATCH', answerBytesMax })

/** It is not there any more, or is of an App that Oore had before. */
const isLost = (answer: ForgeAnswer): boolean =>
  [403, 404, 410].includes(answer.status) && troubleIn(answer, forge)?.is === 'refused'

/** It ended before this was said, and GitHub leaves it so. */
function isStuck(answer: ForgeAnswer, { conclusion }: CheckDetails): boolean {
  if (conclusion !== null) return false
  if (answer.status === 422) return true
  return answer.status < 300 && run.safeParse(answer.json).data?.status === 'completed'
}

function outcomeOf(answer: ForgeAnswer): Told | 'not_permitted' {
  if (isNotPermitted(answer)) return 'not_permitted'
  const trouble = troubleIn(answer, forge)
  if (trouble !== null) return trouble
  const read = run.safeParse(answer.json)
  // Without its number it would be made again and again.
  if (!read.success) {
    return { is: 'later', why: `${forge} took it without a number.`, afterMs: null, unsure: true }
  }
  return { is: 'told', way: 'check', handle: String(read.data.id) }
}

/**
 * The runs of this check that are to show what is told, the one that counts first: after an answer
 * that did not come there may be one nobody knows of. Ours lead to pages of this server.
 */
async function findRuns(
  github: GithubRepository,
  status: CommitStatus,
  check: CheckDetails,
): Promise<{ ids: number[] } | ForgeAnswer | Told> {
  const query = new URLSearchParams({
    check_name: status.context,
    filter: 'all',
    per_page: String(runsLooked),
  })
  const path = `/commits/${encodeURIComponent(status.commit)}/check-runs?${query}`
  const answer = await github.ask(path, { answerBytesMax: runsAnswerBytesMax })
  if ('is' in answer) return answer
  if (answer.status >= 300) return answer
  const read = z.object({ check_runs: z.array(run) }).safeParse(answer.json)
  if (!read.success) {
    const why = `${forge} did not say which checks there are.`
    return { is: 'later', why, afterMs: null, unsure: false }
  }
  const pages = new URL('/builds/', status.url).href
  const ours = read.data.check_runs
    .filter((each) => each.details_url?.startsWith(pages) ?? false)
    .toSorted((a, b) => b.id - a.id)
  const main = mainOf(ours, check)
  if (main === undefined) return { ids: [] }
  const isToFollow = (each: Run) =>
    each.status !== 'completed' || each.external_id === check.externalId || each.id > main
  const strays = ours.filter((each) => each.id !== main && isToFollow(each))
  return { ids: [main, ...strays.map(({ id }) => id)] }
}

function mainOf(ours: readonly Run[], { handle, externalId }: CheckDetails): number | undefined {
  if (handle !== null) return Number(handle)
  const own = ours.find((each) => each.external_id === externalId)
  return (own ?? ours.find(({ status }) => status !== 'completed'))?.id
}

function bodyOf({ context, url, state, description }: CommitStatus, check: CheckDetails) {
  const { conclusion, startedAt, finishedAt, externalId, summary, text, isRetryable } = check
  const when =
    conclusion === null
      ? { status: state === 'running' ? 'in_progress' : 'queued' }
      : { status: 'completed', conclusion, completed_at: isoTime(finishedAt ?? startedAt ?? 0) }
  return {
    name: context,
    details_url: url,
    external_id: externalId,
    ...when,
    ...(startedAt === null ? {} : { started_at: isoTime(startedAt) }),
    output: {
      title: oneLine(description, titleLengthMax),
      summary,
      // What an earlier state said stays where nothing takes its place.
      text: text ?? '',
    },
    actions: isRetryable ? [retryAction] : [],
  } satisfies JsonValue
}
