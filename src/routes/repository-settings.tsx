import { z } from 'zod'
import { noFilters } from '../core/builds/filters.ts'
import { listBuilds } from '../core/builds/list.ts'
import { changeRepository } from '../core/repositories/change.ts'
import { showRepository } from '../core/repositories/find.ts'
import { removeRepository } from '../core/repositories/remove.ts'
import {
  configurationOrders,
  forkBuildsChoices,
  type Repository,
} from '../core/repositories/repository.ts'
import { paths } from '../views/paths.ts'
import { RepositoryPage } from '../views/repositories/page.tsx'
import { RemoveRepositoryPage } from '../views/repositories/remove.tsx'
import { type Answer, goTo, showPage } from './lib/answer.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'
import { withoutEmpty } from './lib/without-empty.ts'

/** What may be changed of a repository, by form or by the API. */
export const repositoryChanges = z.strictObject({
  default_branch: z.string().max(300).optional(),
  state: z.enum(['active', 'inactive'], 'must be "active" or "inactive"').optional(),
  next_build_number: z.int('must be a whole number').optional(),
  configuration_first: z.enum(configurationOrders, 'must be "stored" or "repository"').optional(),
  fork_builds: z.enum(forkBuildsChoices, 'must be "ask" or "never"').optional(),
  pull_request_comments: z.boolean('must be true or false').optional(),
  webhook_secret: z.string().max(300).optional(),
  clone_username: z.string().max(300).optional(),
  clone_password: z.string().max(10_000).optional(),
})

const removeForm = z.object({ force: z.string().optional() })

/** The settings of a repository, and its removal, by form. */
export const repositorySettingsRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/repositories/:id/settings',
    guard: 'signed-in',
    asks: 'repository.change',
    does: 'The settings of a repository',
    run: (call) => showRepository(call.ctx, call.id()),
    page: (repository, call) => showSettings(call, repository, settingsOf(repository), []),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/settings',
    guard: 'signed-in',
    asks: 'repository.change',
    does: 'Change the settings of a repository',
    body: repositoryChanges,
    form: ({ next_build_number, pull_request_comments, ...fields }) => ({
      ...withoutEmpty(fields),
      ...(pull_request_comments ? { pull_request_comments: pull_request_comments === 'true' } : {}),
      ...(next_build_number ? { next_build_number: Number(next_build_number) } : {}),
    }),
    run: (call) => changeRepository(call.ctx, call.id(), call.body),
    page: (repository) => goTo(paths.repository(repository.id, 'settings')),
    refused: async (error, values, call) => {
      const repository = await showRepository(call.ctx, call.id())
      const {
        default_branch = '',
        state = '',
        next_build_number = '',
        configuration_first = '',
        fork_builds = '',
        pull_request_comments = '',
        clone_username = '',
      } = values
      const kept = {
        default_branch,
        state,
        next_build_number,
        configuration_first,
        fork_builds,
        pull_request_comments,
        clone_username,
      }
      return showSettings(call, repository, kept, told(error, values))
    },
  }),
  route({
    method: 'GET',
    path: '/repositories/:id/remove',
    guard: 'signed-in',
    asks: 'repository.remove',
    does: 'Asks before a repository is removed',
    run: (call) => showRepository(call.ctx, call.id()),
    page: (repository, call) => showRemove(call, repository, []),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/remove',
    guard: 'signed-in',
    asks: 'repository.remove',
    does: 'Remove a repository',
    body: removeForm,
    run: (call) => removeRepository(call.ctx, call.id(), { force: call.body.force === 'true' }),
    page: () => goTo(paths.repositories()),
    refused: async (error, values, call) => {
      const repository = await showRepository(call.ctx, call.id())
      return showRemove(call, repository, told(error, values))
    },
  }),
]

const settingsOf = (repository: Repository) => ({
  default_branch: repository.defaultBranch,
  state: repository.state,
  next_build_number: String(repository.nextBuildNumber),
  configuration_first: repository.configurationFirst as string,
  fork_builds: repository.forkBuilds as string,
  pull_request_comments: String(repository.pullRequestComments),
  clone_username: '',
})

function showSettings(
  { shell, now }: Call,
  repository: Repository,
  values: ReturnType<typeof settingsOf> | Record<keyof ReturnType<typeof settingsOf>, string>,
  errors: ReturnType<typeof told>,
): Answer {
  const content = { tab: 'settings' as const, values, errors }
  const page = (
    <RepositoryPage shell={shell()} repository={repository} content={content} now={now} />
  )
  return showPage(page)
}

async function showRemove(
  { ctx, shell }: Call,
  repository: Repository,
  errors: ReturnType<typeof told>,
): Promise<Answer> {
  const active = await Promise.all(
    (['waiting_approval', 'pending', 'running'] as const).map((status) =>
      listBuilds(
        ctx,
        { ...noFilters, repository: repository.id, status },
        { limit: 100, cursor: null },
      ),
    ),
  )
  const activeCount = active.reduce((sum, { data }) => sum + data.length, 0)
  const page = (
    <RemoveRepositoryPage
      shell={shell()}
      repository={repository}
      activeCount={activeCount}
      errors={errors}
    />
  )
  return showPage(page)
}
