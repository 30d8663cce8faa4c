import { type Call, type Route, textIn } from '../forge.ts'
import { notAccessible, notFound, refuse, repositoryOf, type Scene } from './bearer.ts'
import { created, ok, paged } from './pages.ts'
import { commitOf, onRepository } from './repository-routes.ts'
import { checkRunShape, statusShape } from './work-shapes.ts'
import { type CheckRun, nextId, type Repository, type Status } from './world.ts'

const states = ['error', 'failure', 'pending', 'success']
// The others that there are, waiting, requested and pending, only GitHub Actions may set.
const statuses = ['queued', 'in_progress', 'completed']
// And `stale` only GitHub itself.
const conclusions = [
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'timed_out',
]
const annotationLevels = ['notice', 'warning', 'failure']
const outputCharactersMax = 65_535
const annotationsMax = 50
const actionsMax = 3
const statusesPerContextMax = 1000

/** Commit statuses and check runs: docs.github.com, "REST API endpoints for check runs". */
export function checkRoutes(scene: Scene): Route[] {
  const { world } = scene

  const refuseAs = (call: Call, wrong: readonly (true | string)[]): void => {
    const found = wrong.filter((one) => one !== true)
    if (found.length === 0) return
    scene.breaches.push(...found.map((one) => `${call.method} ${call.path}: ${one}`))
    throw refuse(422, 'Invalid request.\n\n' + found.join('\n'))
  }

  const shaIn = (repository: Repository, ref: string): string => {
    const sha = commitOf(repository, ref)
    if (sha === null) throw refuse(422, `No commit found for SHA: ${ref}`)
    return sha
  }

  return [
    ...onRepository('POST', '/statuses/:sha', (call) => {
      const { repository } = repositoryOf(call, scene, 'statuses', 'write')
      const sha = shaIn(repository, call.params['sha'] ?? '')
      const { fields } = call
      const description = textIn(fields, 'description')
      const targetUrl = textIn(fields, 'target_url')
      const context = textIn(fields, 'context') ?? 'default'
      refuseAs(call, [
        states.includes(textIn(fields, 'state') ?? '') || `the state is ${String(fields['state'])}`,
        (description ?? '').length <= 140 || 'the description is longer than 140 characters',
        targetUrl === null || isWebAddress(targetUrl) || `target_url is ${targetUrl}`,
      ])
      const alike = world.statuses.filter(
        (one) => one.repositoryId === repository.id && one.sha === sha && one.context === context,
      )
      if (alike.length >= statusesPerContextMax) {
        throw refuse(422, 'This SHA and context has reached the maximum number of statuses.')
      }
      const status: Status = {
        id: nextId(world),
        repositoryId: repository.id,
        sha,
        context,
        state: textIn(fields, 'state') ?? '',
        description,
        targetUrl,
        createdAt: new Date(scene.now()).toISOString(),
      }
      world.statuses.push(status)
      return created(statusShape(scene, status))
    }),
    ...onRepository('GET', '/commits/:ref*/statuses', (call) => {
      const { repository } = repositoryOf(call, scene, 'statuses', 'read')
      const sha = shaIn(repository, call.params['ref'] ?? '')
      const all = world.statuses
        .filter((one) => one.repositoryId === repository.id && one.sha === sha)
        .reverse()
      const { page, headers } = paged(call, all, scene.url())
      return ok(
        page.map((one) => statusShape(scene, one)),
        headers,
      )
    }),
    ...onRepository('POST', '/check-runs', (call) => {
      const { repository, bearer } = repositoryOf(call, scene, 'checks', 'write')
      if (bearer.is !== 'installation') {
        throw refuse(403, 'You must authenticate via a GitHub App.')
      }
      const { fields } = call
      refuseAs(call, [
        !!textIn(fields, 'name') || 'name is missing',
        /^[0-9a-f]{40}$/.test(textIn(fields, 'head_sha') ?? '') || 'head_sha is no whole id',
        ...faultsOf(fields),
      ])
      const headSha = textIn(fields, 'head_sha') ?? ''
      if (commitOf(repository, headSha) === null) {
        throw refuse(422, `No commit found for SHA: ${headSha}`)
      }
      const suite = world.checkRuns.find(
        (one) =>
          one.repositoryId === repository.id &&
          one.headSha === headSha &&
          one.appId === bearer.app.id,
      )
      const run: CheckRun = {
        id: nextId(world),
        suiteId: suite?.suiteId ?? nextId(world),
        repositoryId: repository.id,
        appId: bearer.app.id,
        name: '',
        headSha,
        status: 'queued',
        conclusion: null,
        startedAt: null,
        completedAt: null,
        detailsUrl: bearer.app.externalUrl,
        externalId: '',
        output: { title: null, summary: null, text: null, annotations: [] },
        actions: [],
      }
      change(run, fields, scene.now())
      world.checkRuns.push(run)
      return created(checkRunShape(scene, run))
    }),
    ...onRepository('PATCH', '/check-runs/:run', (call) => {
      const { repository, bearer } = repositoryOf(call, scene, 'checks', 'write')
      const run = runOf(call, repository)
      if (bearer.is !== 'installation' || bearer.app.id !== run.appId) throw notAccessible()
      refuseAs(call, faultsOf(call.fields))
      change(run, call.fields, scene.now())
      return ok(checkRunShape(scene, run))
    }),
    ...onRepository('GET', '/check-runs/:run', (call) => {
      const { repository } = repositoryOf(call, scene, 'checks', 'read')
      return ok(checkRunShape(scene, runOf(call, repository)))
    }),
    ...onRepository('GET', '/commits/:ref*/check-runs', (call) => {
      const { repository } = repositoryOf(call, scene, 'checks', 'read')
      const sha = shaIn(repository, call.params['ref'] ?? '')
      const asked = (name: string) => call.query.get(name)
      const fits = (name: string, value: string) => asked(name) === null || asked(name) === value
      const found = world.checkRuns.filter(
        (run) =>
          run.repositoryId === repository.id &&
          run.headSha === sha &&
          fits('check_name', run.name) &&
          fits('app_id', String(run.appId)) &&
          fits('status', run.status),
      )
      const all = asked('filter') === 'all' ? found : newestOfEach(found)
      const { page, headers } = paged(call, [...all].reverse(), scene.url())
      const shown = page.map((one) => checkRunShape(scene, one))
      return ok({ total_count: all.length, check_runs: shown }, headers)
    }),
  ]

  function runOf(call: Call, repository: Repository): CheckRun {
    const found = world.checkRuns.find(
      (one) => one.repositoryId === repository.id && String(one.id) === call.params['run'],
    )
    if (found === undefined) throw notFound()
    return found
  }
}

/** What is not as documented of the fields that making and changing a check run share. */
function faultsOf(fields: Record<string, unknown>): (true | string)[] {
  const { status, conclusion, output, actions = [] } = fields
  const shown = (output ?? null) as Record<string, unknown> | null
  const annotations = (shown?.['annotations'] ?? []) as Record<string, unknown>[]
  const list = actions as Record<string, unknown>[]
  return [
    status === undefined || statuses.includes(String(status)) || `status is ${String(status)}`,
    conclusion === undefined ||
      conclusions.includes(String(conclusion)) ||
      `conclusion is ${String(conclusion)}`,
    status !== 'completed' || conclusion !== undefined || 'a completed run needs a conclusion',
    fields['completed_at'] === undefined ||
      conclusion !== undefined ||
      'completed_at needs a conclusion',
    isDate(fields['started_at']) || 'started_at is no time of ISO 8601',
    isDate(fields['completed_at']) || 'completed_at is no time of ISO 8601',
    fields['details_url'] === undefined ||
      isWebAddress(String(fields['details_url'])) ||
      'details_url is no http(s) address',
    shown === null || typeof shown['title'] === 'string' || 'output.title is missing',
    shown === null || typeof shown['summary'] === 'string' || 'output.summary is missing',
    ...['summary', 'text'].map(
      (name) =>
        Buffer.byteLength(String(shown?.[name] ?? '')) <= outputCharactersMax ||
        `output.${name} is longer than ${outputCharactersMax} characters`,
    ),
    annotations.length <= annotationsMax || `more than ${annotationsMax} annotations`,
    ...annotations.map(
      (one) =>
        (typeof one['path'] === 'string' &&
          typeof one['message'] === 'string' &&
          Number.isInteger(one['start_line']) &&
          Number.isInteger(one['end_line']) &&
          annotationLevels.includes(String(one['annotation_level']))) ||
        'an annotation lacks path, start_line, end_line, annotation_level or message',
    ),
    list.length <= actionsMax || `more than ${actionsMax} actions`,
    ...list.map(
      ({ label, description, identifier }) =>
        (isShort(label, 20) && isShort(description, 40) && isShort(identifier, 20)) ||
        'an action has a label over 20, a description over 40 or an identifier over 20 characters',
    ),
  ]
}

function change(run: CheckRun, fields: Record<string, unknown>, nowMs: number): void {
  const text = (name: string, before: string | null) => textIn(fields, name) ?? before
  const now = new Date(nowMs).toISOString()
  run.name = text('name', run.name) ?? ''
  run.detailsUrl = text('details_url', run.detailsUrl)
  run.externalId = text('external_id', run.externalId) ?? ''
  run.startedAt = text('started_at', run.startedAt ?? now)
  if (textIn(fields, 'conclusion') !== null) {
    // GitHub: "Providing conclusion will automatically set the status parameter to completed."
    run.conclusion = textIn(fields, 'conclusion')
    run.status = 'completed'
    run.completedAt = text('completed_at', now)
  } else if (textIn(fields, 'status') !== null) {
    run.status = textIn(fields, 'status') ?? run.status
    run.conclusion = null
    run.completedAt = null
  }
  const output = fields['output'] as Record<string, unknown> | undefined
  if (output !== undefined) {
    // Annotations add up from one change to the next; the texts are replaced.
    const more = (output['annotations'] ?? []) as Record<string, unknown>[]
    run.output = {
      title: textIn(output, 'title'),
      summary: textIn(output, 'summary'),
      text: textIn(output, 'text') ?? run.output.text,
      annotations: [...run.output.annotations, ...more],
    }
  }
  if (Array.isArray(fields['actions'])) run.actions = fields['actions'] as CheckRun['actions']
}

function newestOfEach(runs: readonly CheckRun[]): CheckRun[] {
  const byName = new Map(runs.map((run) => [`${run.appId} ${run.name}`, run]))
  return [...byName.values()]
}

const isDate = (value: unknown): boolean =>
  value === undefined ||
  (typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value))

const isShort = (value: unknown, max: number): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= max

const isWebAddress = (value: string): boolean =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
