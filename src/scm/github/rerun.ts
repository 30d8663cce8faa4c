import { z } from 'zod'
import { commitId, personName, readFields } from '../hook-body.ts'
import type { RepoEvent } from '../repo-event.ts'
import { retryIdentifier } from './check.ts'

const anyAction = z.object({ action: z.string().max(64) })
const sender = z.object({ login: personName }).nullish().catch(null)

const checkRun = z.object({
  check_run: z.object({
    head_sha: commitId,
    name: z.string().max(300),
    external_id: z.string().max(300).nullish(),
  }),
  requested_action: z.object({ identifier: z.string().max(64) }).nullish(),
  sender,
})

const checkSuite = z.object({ check_suite: z.object({ head_sha: commitId }), sender })

/**
 * A `check_run` event: somebody pressed “Re-run” beside a check, or a button that we gave it.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_run
 */
export function readCheckRun(json: unknown): RepoEvent {
  const { action } = readFields(anyAction, json)
  if (action !== 'rerequested' && action !== 'requested_action') {
    return { is: 'other', why: toldOnly('check', action) }
  }
  const { check_run: run, requested_action: asked, sender: by } = readFields(checkRun, json)
  if (action === 'requested_action' && asked?.identifier !== retryIdentifier) {
    const name = JSON.stringify(asked?.identifier ?? '')
    return { is: 'other', why: `Oore gives checks no button called ${name}.` }
  }
  return {
    is: 'rerun',
    commit: run.head_sha,
    check: { externalId: run.external_id ?? '', name: run.name },
    by: by?.login ?? null,
  }
}

/**
 * A `check_suite` event. “Re-run all checks” and “Re-run failed checks” are told alike, by
 * `rerequested`: nothing in the payload tells them apart.
 */
export function readCheckSuite(json: unknown): RepoEvent {
  const { action } = readFields(anyAction, json)
  if (action !== 'rerequested') return { is: 'other', why: toldOnly('check suite', action) }
  const { check_suite: suite, sender: by } = readFields(checkSuite, json)
  return {
    is: 'rerun',
    commit: suite.head_sha,
    check: null,
    by: by?.login ?? null,
  }
}

const toldOnly = (what: string, action: string): string =>
  action === 'requested'
    ? 'GitHub made place for checks of a commit: the push that comes with it starts its builds.'
    : `The action ${JSON.stringify(action)} of a ${what} only tells what was reported, and starts nothing.`
