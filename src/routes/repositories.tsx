import { z } from 'zod'
import { may } from '../core/access/may.ts'
import { listBuilds } from '../core/builds/list.ts'
import { noFilters } from '../core/builds/filters.ts'
import { listDeliveries } from '../core/deliveries/list.ts'
import { addRepository } from '../core/repositories/add.ts'
import {
  changeRepository,
  rotateWebhookSecret,
  voidPreviousSecret,
} from '../core/repositories/change.ts'
import { showRepository } from '../core/repositories/find.ts'
import { listRepositories } from '../core/repositories/list.ts'
import { removeRepository } from '../core/repositories/remove.ts'
import {
  aboutProvider,
  providers,
  type Repository,
  webhookPath,
} from '../core/repositories/repository.ts'
import type { Id } from '../lib/ids.ts'
import type { Secret } from '../lib/secret.ts'
import { paths } from '../views/paths.ts'
import { RepositoriesPage } from '../views/repositories/list.tsx'
import { NewRepositoryPage } from '../views/repositories/new.tsx'
import { RepositoryPage } from '../views/repositories/page.tsx'
import {
  type Answer,
  goTo,
  showCreated,
  showJson,
  showList,
  showNothing,
  showPage,
} from './lib/answer.ts'
import { repositoryJson } from './lib/json.ts'
import { pageOf, pageQuery, repositoryFiltersOf, repositoryQuery } from './lib/queries.ts'
import { type Call, type Route, route } from './lib/route.ts'
import {
  noNoteCookie,
  noteCookie,
  noteCookieName,
  type SecretNotes,
  secretNotes,
} from './lib/secret-notes.ts'
import { told } from './lib/told.ts'
import { withoutEmpty } from './lib/without-empty.ts'
import { repositoryChanges, repositorySettingsRoutes } from './repository-settings.tsx'

const newRepository = z.strictObject({
  provider: z.enum(providers).optional(),
  clone_url: z.string().max(2000).optional(),
  owner: z.string().max(300).optional(),
  name: z.string().max(200).optional(),
  default_branch: z.string().max(300).optional(),
  webhook_secret: z.string().max(300).optional(),
  clone_username: z.string().max(300).optional(),
  clone_password: z.string().max(10_000).optional(),
})

const removeQuery = z.object({ force: z.enum(['true', 'false']).optional() })

/** How many builds and deliveries the first tab shows. */
const handful = 5

/** Repositories: the list, one with its tabs, and what can be done to it. */
export function repositoryRoutes(): Route[] {
  const notes = secretNotes()

  /** Goes to the page that shows a new secret, this once. */
  const goAndShow = (call: Call, id: Id, secret: Secret): Answer => {
    const path = paths.repository(id)
    const note = notes.leave(id, secret, call.now)
    return goTo(path, { 'set-cookie': noteCookie(note, path, isHttps(call)) })
  }

  return [
    route({
      method: 'GET',
      path: '/repositories',
      guard: 'signed-in',
      asks: 'repository.read',
      does: 'Repositories, by name or newest first',
      query: repositoryQuery,
      run: ({ ctx, query }) => listRepositories(ctx, repositoryFiltersOf(query), pageOf(query)),
      api: (page, call) => showList(page, repositoryJson, call),
      page: (page, { shell, query, now }) =>
        showPage(
          <RepositoriesPage
            shell={shell()}
            page={page}
            filters={repositoryFiltersOf(query)}
            cursor={query.cursor ?? null}
            now={now}
          />,
        ),
    }),
    route({
      method: 'GET',
      path: '/repositories/new',
      guard: 'signed-in',
      asks: 'repository.add',
      does: 'The form that adds a repository',
      run: ({ ctx }) => ctx.config.allowLocalRepositories,
      page: (allowLocal, { shell }) =>
        showPage(
          <NewRepositoryPage
            shell={shell()}
            values={{ provider: '', clone_url: '', default_branch: '', clone_username: '' }}
            errors={[]}
            allowLocal={allowLocal}
          />,
        ),
    }),
    route({
      method: 'POST',
      path: '/repositories',
      guard: 'signed-in',
      asks: 'repository.add',
      does: 'Add a repository; its webhook secret comes back this once',
      body: newRepository,
      form: withoutEmpty,
      run: ({ ctx, body }) => addRepository(ctx, body),
      api: ({ repository, webhookSecret }) =>
        showCreated(
          { ...repositoryJson(repository), webhook_secret: webhookSecret.reveal() },
          `/api/repositories/${repository.id}`,
        ),
      page: ({ repository, webhookSecret }, call) => goAndShow(call, repository.id, webhookSecret),
      refused: (error, values, { shell, ctx }) => {
        const { provider = '', clone_url = '', default_branch = '', clone_username = '' } = values
        const page = (
          <NewRepositoryPage
            shell={shell()}
            values={{ provider, clone_url, default_branch, clone_username }}
            errors={told(error, values)}
            allowLocal={ctx.config.allowLocalRepositories}
          />
        )
        return showPage(page)
      },
    }),
    route({
      method: 'GET',
      path: '/repositories/:id',
      guard: 'signed-in',
      asks: 'repository.read',
      does: 'One repository',
      run: (call) => showRepository(call.ctx, call.id()),
      api: (repository) => showJson(repositoryJson(repository)),
      page: (repository, call) => showOverview(call, repository, notes),
    }),
    route({
      method: 'PATCH',
      path: '/repositories/:id',
      guard: 'signed-in',
      asks: 'repository.change',
      does: 'Change what is given of a repository',
      body: repositoryChanges,
      run: (call) => changeRepository(call.ctx, call.id(), call.body),
      api: (repository) => showJson(repositoryJson(repository)),
    }),
    route({
      method: 'DELETE',
      path: '/repositories/:id',
      guard: 'signed-in',
      asks: 'repository.remove',
      does: 'Remove a repository; with force=true its builds are cancelled first',
      query: removeQuery,
      run: (call) => removeRepository(call.ctx, call.id(), { force: call.query.force === 'true' }),
      api: () => showNothing(),
    }),
    route({
      method: 'GET',
      path: '/repositories/:id/webhook-url',
      guard: 'signed-in',
      asks: 'repository.read',
      does: 'Where the webhook of a repository delivers to, and what it has to tell of',
      run: (call) => showRepository(call.ctx, call.id()),
      api: (repository, call) =>
        showJson({
          url: webhookUrl(call, repository),
          secret_set: repository.hasWebhookSecret,
          content_type: 'application/json',
          events: aboutProvider(repository.provider).webhookEvents,
        }),
    }),
    route({
      method: 'POST',
      path: '/repositories/:id/secret',
      guard: 'signed-in',
      asks: 'repository.change',
      does: 'Make a new webhook secret; it is shown this once',
      run: (call) => rotateWebhookSecret(call.ctx, call.id()),
      api: ({ secret }) => showJson({ webhook_secret: secret.reveal() }),
      page: ({ secret }, call) => goAndShow(call, call.id(), secret),
    }),
    route({
      method: 'POST',
      path: '/repositories/:id/previous-secret/void',
      guard: 'signed-in',
      asks: 'repository.change',
      does: 'Refuse the webhook secret before the present one from now on',
      run: (call) => voidPreviousSecret(call.ctx, call.id()),
      api: (repository) => showJson(repositoryJson(repository)),
      page: (repository) => goTo(paths.repository(repository.id)),
    }),
    route({
      method: 'GET',
      path: '/repositories/:id/builds',
      guard: 'signed-in',
      asks: 'build.read',
      does: 'The builds of a repository',
      query: pageQuery,
      run: async (call) => ({
        repository: await showRepository(call.ctx, call.id()),
        builds: await listBuilds(
          call.ctx,
          { ...noFilters, repository: call.id() },
          pageOf(call.query),
        ),
      }),
      page: ({ repository, builds }, { shell, query, now }) =>
        showPage(
          <RepositoryPage
            shell={shell()}
            repository={repository}
            content={{ tab: 'builds', page: builds, cursor: query.cursor ?? null }}
            now={now}
          />,
        ),
    }),
    ...repositorySettingsRoutes(),
  ]
}

const webhookUrl = (call: Call, repository: Repository): string =>
  new URL(webhookPath(repository), call.ctx.config.baseUrl).href

const isHttps = (call: Call): boolean => call.ctx.config.baseUrl.protocol === 'https:'

async function showOverview(
  call: Call,
  repository: Repository,
  notes: SecretNotes,
): Promise<Answer> {
  const { ctx, shell, now } = call
  const { id } = repository
  const page = { limit: handful, cursor: null }
  const all = { repository: id, provider: null, event: null, status: null }
  const builds = await listBuilds(ctx, { ...noFilters, repository: id }, page)
  const mayRead = may(ctx.actor, 'delivery.read', { repositoryId: id })
  const deliveries = mayRead ? (await listDeliveries(ctx, all, page)).data : null
  const note = call.cookie(noteCookieName)
  // A look ahead at the page must not use the note up.
  const secret = note && call.method === 'GET' ? notes.take(note, id, now) : null
  const content = {
    tab: 'overview' as const,
    webhookUrl: webhookUrl(call, repository),
    // Shown in this one answer, to who made it.
    newSecret: secret?.reveal() ?? null,
    builds: builds.data,
    deliveries,
  }
  const answer = showPage(
    <RepositoryPage shell={shell()} repository={repository} content={content} now={now} />,
  )
  if (secret === null) return answer
  const taken = noNoteCookie(paths.repository(id), isHttps(call))
  return { ...answer, headers: { ...answer.headers, 'set-cookie': taken } }
}
