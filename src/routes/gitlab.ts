import { z } from 'zod'
import { beginAuthorization, showAuthorization } from '../core/gitlab/authorize.ts'
import { disableProject } from '../core/gitlab/disable.ts'
import { disconnectInstance } from '../core/gitlab/disconnect.ts'
import { enableProject } from '../core/gitlab/enable.ts'
import { listGitlabInstances } from '../core/gitlab/find.ts'
import { gitlabCallbackPath, gitlabScopes } from '../core/gitlab/instance.ts'
import { signInCallbackPath } from '../core/users/user.ts'
import {
  listProjects,
  projectPageMax,
  projectsPerPageDefault,
  projectsPerPageMax,
} from '../core/gitlab/projects.ts'
import { renewInstance } from '../core/gitlab/renew.ts'
import { registerInstance } from '../core/gitlab/register.ts'
import { isoTime } from '../lib/clock.ts'
import { isId } from '../lib/ids.ts'
import { missing } from '../lib/wording.ts'
import { showCreated, showJson } from './lib/answer.ts'
import { authorizationJson, gitlabInstanceJson, gitlabProjectJson } from './lib/gitlab-json.ts'
import { repositoryJson } from './lib/json.ts'
import { type Route, route } from './lib/route.ts'

const textLengthMax = 500
const text = z.string().max(textLengthMax)

/** What is sent to register an instance, by form or by the API. */
export const newInstance = z.strictObject({
  instance: z.string({ error: missing('the address of the GitLab') }).max(textLengthMax),
  client_id: z.string({ error: missing('the application’s ID') }).max(textLengthMax),
  client_secret: z.string({ error: missing('the application’s secret') }).max(textLengthMax),
  allow_private_network: z.boolean().optional(),
  skip_tls_verification: z.boolean().optional(),
})

const named = z.strictObject({ instance: text.optional() })
const choice = named.extend({ confirm_archived: z.boolean().optional() })
const statusQuery = z.object({ id: text.optional() })

const perPageText = `must be a whole number from 1 to ${projectsPerPageMax}`
const pageText = `must be a whole number from 1 to ${projectPageMax}`

/** What the list of projects takes in its address. */
export const projectQuery = z.object({
  instance: text.optional(),
  page: z.coerce
    .number(pageText)
    .int(pageText)
    .min(1, pageText)
    .max(projectPageMax, pageText)
    .default(1),
  per_page: z.coerce
    .number(perPageText)
    .int(perPageText)
    .min(1, perPageText)
    .max(projectsPerPageMax, perPageText)
    .default(projectsPerPageDefault),
  q: text.optional(),
})

/** GitLab instances and their projects, for programs. */
export const gitlabRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/gitlab',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'GitLab instances, each with how it stands',
    run: ({ ctx }) => listGitlabInstances(ctx),
    api: (instances, { ctx }) =>
      showJson({
        data: instances.map(gitlabInstanceJson),
        redirect_uri: new URL(gitlabCallbackPath, ctx.config.baseUrl).href,
        sign_in_redirect_uri: new URL(signInCallbackPath('gitlab'), ctx.config.baseUrl).href,
        scopes: gitlabScopes,
      }),
  }),
  route({
    method: 'POST',
    path: '/gitlab/register',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Register a GitLab instance by the OAuth application that was made there',
    body: newInstance,
    run: ({ ctx, body }) => registerInstance(ctx, body),
    api: (instance) => showCreated(gitlabInstanceJson(instance), '/api/gitlab'),
  }),
  route({
    method: 'POST',
    path: '/gitlab/setup',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Begin to authorize Oore on an instance: gives the address to open in a browser',
    body: named,
    run: ({ ctx, body }) => beginAuthorization(ctx, body.instance ?? null),
    api: ({ id, instance, path, endsAt }, { ctx }) =>
      showJson({
        id,
        instance,
        url: new URL(path, ctx.config.baseUrl).href,
        expires_at: isoTime(endsAt),
      }),
  }),
  route({
    method: 'GET',
    path: '/gitlab/setup/status',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'How an authorization stands; the newest where no id is given',
    query: statusQuery,
    run: ({ ctx, query }) => showAuthorization(ctx, query.id ?? null),
    api: (trip) => showJson(authorizationJson(trip)),
  }),
  route({
    method: 'GET',
    path: '/gitlab/projects',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'The projects of an instance, with what they are here',
    query: projectQuery,
    run: ({ ctx, query }) =>
      listProjects(ctx, {
        instance: query.instance ?? null,
        page: query.page,
        perPage: query.per_page,
        search: query.q ?? null,
      }),
    api: ({ instance, projects, page, perPage, total, nextPage }) =>
      showJson({
        instance: instance.url,
        data: projects.map(gitlabProjectJson),
        page,
        per_page: perPage,
        total,
        next_page: nextPage,
      }),
  }),
  route({
    method: 'POST',
    path: '/gitlab/projects/:id/enable',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Enable a project by GitLab’s number of it: its webhook is made, the repository added',
    body: choice,
    run: ({ ctx, body, param }) =>
      enableProject(
        ctx,
        { instance: body.instance ?? null, projectId: param('id') },
        { confirmArchived: body.confirm_archived ?? false },
      ),
    api: ({ repository, hook, isSigned }) =>
      showJson({ repository: repositoryJson(repository), webhook: hook, signed: isSigned }),
  }),
  route({
    method: 'POST',
    path: '/gitlab/projects/:id/disable',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Disable a project: its webhook is removed, the repository paused',
    body: named,
    run: ({ ctx, body, param }) =>
      disableProject(ctx, { instance: body.instance ?? null, projectId: param('id') }),
    api: (repository) => showJson({ repository: repositoryJson(repository) }),
  }),
  route({
    method: 'POST',
    path: '/gitlab/refresh',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Ask an instance for new tokens now',
    body: named,
    run: ({ ctx, body }) => renewInstance(ctx, body.instance ?? null),
    api: (instance) => showJson(gitlabInstanceJson(instance)),
  }),
  route({
    method: 'DELETE',
    path: '/gitlab/:id',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Disconnect an instance: its repositories are paused, its tokens given back',
    run: (call) => disconnectInstance(call.ctx, idOrNothing(call.param('id'))),
    api: ({ instance, paused, hooksLeft, isRevoked }) =>
      showJson({
        instance,
        paused_repositories: paused,
        webhooks_left: hooksLeft,
        token_revoked: isRevoked,
      }),
  }),
]

/** A text that is no id names nothing, rather than the only one there is. */
export const idOrNothing = (text: string): string => (isId(text) ? text : '-')
