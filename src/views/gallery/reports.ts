import type { Comment } from '../../core/comments/comment.ts'
import type { CommitCheck, StatusReport } from '../../core/statuses/status.ts'
import { minutes, seconds } from '../../lib/clock.ts'
import { id, now, sha } from './builds.ts'

const report = (
  changes: Partial<CommitCheck>,
  forge: StatusReport['forge'] = 'github',
): StatusReport => ({
  forge,
  silence: null,
  check: {
    context: 'oore/Android release',
    commitSha: sha(214),
    buildId: id(214),
    buildNumber: 214,
    state: 'success',
    description: 'Succeeded in 6m 58s',
    telling: 'told',
    toldState: 'success',
    toldAt: now - minutes(12),
    toldWay: 'check',
    attempts: 0,
    nextTryAt: null,
    lastError: null,
    ...changes,
  },
})

/** What a build's page says of its forge, in each state that reads differently. */
export const reports = {
  told: report({}),
  toldNow: report(
    {
      state: 'running',
      description: 'Running',
      telling: 'waiting',
      toldState: 'pending',
      toldAt: now - minutes(3),
      nextTryAt: now,
    },
    'gitlab',
  ),
  postponed: report({
    state: 'failure',
    description: 'Step “Run tests” ended with exit code 1.',
    telling: 'waiting',
    toldState: 'pending',
    toldAt: now - minutes(19),
    attempts: 4,
    nextTryAt: now + seconds(38),
    lastError: 'GitHub cannot take it now (status 502).',
  }),
  givenUp: report({
    toldWay: null,
    state: 'error',
    description: 'The branch main is not in the repository any more.',
    telling: 'given_up',
    toldState: null,
    toldAt: null,
    attempts: 1,
    lastError:
      'GitHub does not accept the token: it is wrong, has expired or was revoked. Enter a new one in the repository’s settings, as the password for cloning. It said “Bad credentials”.',
  }),
  spokenFor: report({ buildId: id(219), buildNumber: 219 }),
  none: { forge: 'gitlab', silence: null, check: null },
  silent: { forge: 'github', silence: 'token', check: null },
  draft: { forge: 'gitlab', silence: 'draft', check: null },
} satisfies Record<string, StatusReport>

const comment = (changes: Partial<Comment>): Comment => ({
  repositoryId: id(1),
  number: 482,
  commitSha: sha(214),
  telling: 'told',
  toldAt: now - minutes(11),
  attempts: 0,
  nextTryAt: null,
  lastError: null,
  isGone: false,
  ...changes,
})

/** The same of the comment of its pull request. */
export const comments = {
  told: comment({}),
  postponed: comment({
    telling: 'waiting',
    toldAt: null,
    attempts: 3,
    nextTryAt: now + seconds(18),
    lastError: 'GitHub asks for fewer calls for now.',
  }),
  gone: comment({
    telling: 'given_up',
    isGone: true,
    lastError: 'Somebody deleted the comment. The next push makes a new one.',
  }),
} satisfies Record<string, Comment>
