import { z } from 'zod'
import { type BuildDetail, isFinished } from '../core/builds/build.ts'
import { cancelBuild } from '../core/builds/cancel.ts'
import { listBuilds } from '../core/builds/list.ts'
import { retryBuild } from '../core/builds/retry.ts'
import { showBuild } from '../core/builds/show.ts'
import { triggerBuild } from '../core/builds/trigger.ts'
import type { StreamFilter } from '../core/logs/lines.ts'
import { listWorkflows } from '../core/pipelines/show.ts'
import { showRepository } from '../core/repositories/find.ts'
import { listRepositories } from '../core/repositories/list.ts'
import type { Repository } from '../core/repositories/repository.ts'
import { listSteps } from '../core/steps/list.ts'
import { type Step, stepKey } from '../core/steps/step.ts'
import type { OoreError } from '../lib/errors.ts'
import { BuildsPage } from '../views/builds/list.tsx'
import { BuildPage } from '../views/builds/page.tsx'
import { CancelBuildPage } from '../views/builds/cancel.tsx'
import { paths } from '../views/paths.ts'
import { TriggerPage, type TriggerValues } from '../views/repositories/trigger.tsx'
import { type Answer, goTo, showCreated, showJson, showList, showPage } from './lib/answer.ts'
import { configuration } from './lib/configuration.ts'
import { refuseWhileDraining } from './lib/draining.ts'
import { buildDetailJson, buildJson, stepJson } from './lib/json.ts'
import { listIn } from './lib/lists.ts'
import { stepOfQuery, streamOfQuery } from './lib/log-address.ts'
import { logView } from './lib/log-view.ts'
import { buildFiltersOf, buildQuery, pageOf } from './lib/queries.ts'
import { type Call, type Route, route } from './lib/route.ts'
import {
  faultsOf,
  inputFieldsOf,
  inputLengthMax,
  inputsIn,
  withoutInputs,
} from './lib/trigger-inputs.ts'

const viewQuery = z.object({
  step: z.string().max(20).optional(),
  stream: z.string().max(20).optional(),
  from: z.string().max(20).optional(),
})

const triggerBody = z.strictObject({
  branch: z.string().max(300).optional(),
  commit: z.string().max(100).optional(),
  workflow: z.string().max(300).optional(),
  labels: z.array(z.string().min(1).max(100)).max(20).optional(),
  inputs: z
    .record(z.string().max(100), z.union([z.string().max(inputLengthMax), z.number(), z.boolean()]))
    .optional(),
  configuration: configuration.optional(),
})

/** Builds: the list, one, and what can be done to it. */
export const buildRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/builds',
    guard: 'signed-in',
    asks: 'build.read',
    does: 'Builds, newest or longest first',
    query: buildQuery,
    kept: true,
    run: ({ ctx, query }) => listBuilds(ctx, buildFiltersOf(query), pageOf(query)),
    api: (page, call) => showList(page, (build) => buildJson(build, when(call)), call),
    page: async (page, { shell, ctx, query, now }) =>
      showPage(
        <BuildsPage
          shell={shell()}
          page={page}
          filters={buildFiltersOf(query)}
          cursor={query.cursor ?? null}
          repositories={await repositoryNames(ctx)}
          now={now}
        />,
      ),
  }),
  route({
    method: 'GET',
    path: '/builds/:id',
    guard: 'signed-in',
    asks: 'build.read',
    does: 'One build with its steps and artifacts',
    query: viewQuery,
    kept: true,
    run: (call) => showBuild(call.ctx, call.id()),
    api: (detail, call) => ({
      ...showJson(buildDetailJson(detail, when(call))),
      passing: !isFinished(detail.build.status),
    }),
    page: (detail, call) => showBuildPage(detail, call),
  }),
  route({
    method: 'GET',
    path: '/builds/:id/steps',
    guard: 'signed-in',
    asks: 'build.read',
    does: 'The script items of a build, in order',
    run: (call) => listSteps(call.ctx, call.id()),
    api: (steps, call) =>
      showList(
        { data: steps.filter(({ kind }) => kind === 'script'), nextCursor: null },
        (step) => stepJson(step, when(call)),
        call,
      ),
  }),
  route({
    method: 'GET',
    path: '/builds/:id/cancel',
    guard: 'signed-in',
    asks: 'build.cancel',
    does: 'Asks before a build is cancelled',
    run: (call) => showBuild(call.ctx, call.id()),
    page: ({ build }, { shell }) =>
      isFinished(build.status)
        ? goTo(paths.build(build.id))
        : showPage(<CancelBuildPage shell={shell()} build={build} />),
  }),
  route({
    method: 'POST',
    path: '/builds/:id/cancel',
    guard: 'signed-in',
    asks: 'build.cancel',
    does: 'End a build: at once while it waits, else its processes by TERM, grace, KILL',
    run: (call) => cancelBuild(call.ctx, call.id()),
    api: (build, call) => showJson(buildJson(build, when(call))),
    page: (build) => goTo(paths.build(build.id)),
  }),
  route({
    method: 'POST',
    path: '/builds/:id/retry',
    guard: 'signed-in',
    asks: 'build.trigger',
    does: 'Build the same commit with the same configuration once more',
    run: (call) => {
      refuseWhileDraining(call)
      return retryBuild(call.ctx, call.id())
    },
    api: (build, call) => showCreated(buildJson(build, when(call)), `/api/builds/${build.id}`),
    page: (build) => goTo(paths.build(build.id)),
  }),
  route({
    method: 'GET',
    path: '/repositories/:id/trigger',
    guard: 'signed-in',
    asks: 'build.trigger',
    does: 'The form that starts a build',
    run: (call) => showRepository(call.ctx, call.id()),
    page: (repository, call) => showTriggerPage(repository, call, noValues, null),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/trigger',
    guard: 'signed-in',
    asks: 'build.trigger',
    does: 'Start a build of the workflow named, else of every workflow',
    body: triggerBody,
    form: ({ labels = '', ...fields }) => ({
      ...withoutInputs(fields),
      labels: listIn(labels),
      inputs: inputsIn(fields, fields['workflow'] ?? ''),
    }),
    run: (call) => {
      refuseWhileDraining(call)
      const via = call.face === 'page' ? 'manual' : 'api'
      return triggerBuild(call.ctx, call.id(), { ...call.body, via })
    },
    api: (builds, call) => {
      const json = builds.map((build) => buildJson(build, when(call)))
      const [first] = json
      const location = `/api/builds/${first?.id ?? ''}`
      return showCreated(json.length === 1 ? first : { data: json }, location)
    },
    page: (builds, call) => {
      const [first] = builds
      return goTo(
        first && builds.length === 1
          ? paths.build(first.id)
          : paths.builds({ repository: call.id() }),
      )
    },
    refused: async (error, values, call) => {
      const repository = await showRepository(call.ctx, call.id())
      const { branch = '', commit = '', workflow = '', labels = '' } = values
      const inputs = inputFieldsOf(values)
      return showTriggerPage(
        repository,
        call,
        { branch, commit, workflow, labels, inputs },
        { error, values },
      )
    },
  }),
]

const when = ({ now, ctx }: Call) => ({ now, baseUrl: ctx.config.baseUrl })

export const repositoryNames = async (ctx: Call['ctx']) => {
  const filters = { provider: null, q: null, state: null, sort: 'name' as const }
  const { data } = await listRepositories(ctx, filters, { limit: 200, cursor: null })
  return data.map(({ id, fullName }) => ({ id, fullName }))
}

function showBuildPage(detail: BuildDetail, call: Call<z.infer<typeof viewQuery>>): Answer {
  const { query, ctx, shell, now } = call
  const chosen =
    query.step === undefined ? stepToShow(detail.steps) : stepOfQuery(query.step, detail)
  const key = chosen ? stepKey(chosen) : 'setup'
  const stream: StreamFilter = streamOfQuery(query.stream)
  const fromLine = /^[1-9]\d{0,9}$/.test(query.from ?? '') ? Number(query.from) : null
  const log = logView({ logs: ctx.logs, detail, chosen: key, stream, fromLine })
  const page = <BuildPage shell={shell()} detail={detail} chosen={key} log={log} now={now} />
  return { ...showPage(page), passing: !isFinished(detail.build.status) }
}

/** What a reader came for: the step that runs, else the one that failed, else the last that ran. */
function stepToShow(steps: readonly Step[]): Step | undefined {
  return (
    steps.find(({ status }) => status === 'running') ??
    steps.find(({ status, ignoredFailure }) => status === 'failure' && !ignoredFailure) ??
    steps.findLast(({ kind, startedAt }) => kind === 'script' && startedAt !== null) ??
    steps[0]
  )
}

const noValues: TriggerValues = { branch: '', commit: '', workflow: '', labels: '', inputs: {} }

async function showTriggerPage(
  repository: Repository,
  call: Call,
  values: TriggerValues,
  wrong: { error: OoreError; values: Record<string, string> } | null,
): Promise<Answer> {
  // A host that is down must not keep people from the form.
  const workflows = await listWorkflows(call.ctx, repository.id).catch(() => null)
  const errors = wrong === null ? [] : faultsOf(wrong.error, wrong.values, workflows ?? [])
  const page = (
    <TriggerPage
      shell={call.shell()}
      repository={repository}
      workflows={workflows}
      values={values}
      errors={errors}
    />
  )
  return showPage(page)
}
