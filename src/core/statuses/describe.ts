import { durationText } from '../../lib/sizes.ts'
import { oneLine } from '../../lib/one-line.ts'
import type { CommitState } from '../../scm/contract.ts'
import type { Build } from '../builds/build.ts'

/** GitHub takes no more: docs.github.com, "Create a commit status". */
const descriptionLengthMax = 140

type Described = Pick<
  Build,
  'status' | 'failureKind' | 'errorMessage' | 'startedAt' | 'finishedAt' | 'fork'
>

/**
 * How a commit stands by a build, for its forge. What was skipped is a success with the reason, so
 * that a required check never waits for something that does not come.
 */
export function wantedOf(build: Described): { state: CommitState; description: string } {
  const { state, text } = wordsOf(build)
  return { state, description: oneLine(text, descriptionLengthMax) }
}

function wordsOf(build: Described): { state: CommitState; text: string } {
  const why = build.errorMessage?.trim().split('\n', 1)[0] ?? ''
  switch (build.status) {
    case 'waiting_approval':
      return {
        state: 'pending',
        text: `Needs approval: it comes from ${build.fork?.name ?? 'a fork'}`,
      }
    case 'pending':
      return { state: 'pending', text: 'Queued' }
    case 'running':
      return { state: 'running', text: 'Running' }
    case 'success':
      return { state: 'success', text: `Succeeded${lasting(build)}` }
    case 'failure': {
      const isTheirs = build.failureKind === 'step' || build.failureKind === 'timeout'
      return { state: isTheirs ? 'failure' : 'error', text: why || 'Failed' }
    }
    case 'cancelled':
      return { state: 'cancelled', text: after('Cancelled', why) }
    case 'skipped':
      return { state: 'success', text: after('Skipped', why) }
  }
}

const lasting = ({ startedAt, finishedAt }: Described): string =>
  startedAt === null || finishedAt === null
    ? ''
    : ` in ${durationText(Math.max(0, finishedAt - startedAt))}`

/** `Cancelled: Superseded by build #12.`, and not `Cancelled: Cancelled while it ran.` */
function after(word: string, why: string): string {
  if (why === '') return word
  return why.startsWith(word) ? why : `${word}: ${why}`
}
