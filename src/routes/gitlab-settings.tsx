import { z } from 'zod'
import { beginAuthorization } from '../core/gitlab/authorize.ts'
import { disableProject } from '../core/gitlab/disable.ts'
import { disconnectInstance } from '../core/gitlab/disconnect.ts'
import { enableProject } from '../core/gitlab/enable.ts'
import { listGitlabInstances, showGitlabInstance } from '../core/gitlab/find.ts'
import { gitlabCallbackPath } from '../core/gitlab/instance.ts'
import { signInCallbackPath } from '../core/users/user.ts'
import { listProjects, projectsPerPageDefault } from '../core/gitlab/projects.ts'
import { registerInstance } from '../core/gitlab/register.ts'
import { renewInstance } from '../core/gitlab/renew.ts'
import { type FieldError, OoreError } from '../lib/errors.ts'
import { DisconnectGitlabPage } from '../views/gitlab/disconnect.tsx'
import { EnableArchivedPage } from '../views/gitlab/enable-archived.tsx'
import { GitlabPage } from '../views/gitlab/page.tsx'
import { GitlabProjectsPage } from '../views/gitlab/projects.tsx'
import type { RegisterValues } from '../views/gitlab/register-form.tsx'
import { paths } from '../views/paths.ts'
import { newInstance, projectQuery } from './gitlab.ts'
import { type Answer, goTo, showPage } from './lib/answer.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'

const nothing = z.object({})
const enableForm = z.object({ confirm_archived: z.string().optional() })

/** The page of GitLab, and what its forms do. */
export const gitlabSettingsRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/settings/gitlab',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'GitLab instances, and the form that registers another',
    run: () => null,
    page: (_, call) => showSettings(call, noValues, []),
  }),
  route({
    method: 'POST',
    path: '/settings/gitlab/register',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Register a GitLab instance by form',
    body: newInstance,
    form: ({ allow_private_network, skip_tls_verification, ...fields }) => ({
      ...fields,
      allow_private_network: allow_private_network === 'true',
      skip_tls_verification: skip_tls_verification === 'true',
    }),
    run: ({ ctx, body }) => registerInstance(ctx, body),
    page: () => goTo(paths.gitlab()),
    refused: (error, values, call) =>
      showSettings(
        call,
        {
          instance: values['instance'] ?? '',
          client_id: values['client_id'] ?? '',
          allow_private_network: values['allow_private_network'] === 'true',
          skip_tls_verification: values['skip_tls_verification'] === 'true',
        },
        told(error, { ...values, allow_private_network: '', skip_tls_verification: '' }),
      ),
  }),
  route({
    method: 'POST',
    path: '/settings/gitlab/:id/authorize',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Set out to authorize Oore on an instance',
    body: nothing,
    run: (call) => beginAuthorization(call.ctx, call.id()),
    page: ({ path }) => goTo(path),
    refused: (error, values, call) => showSettings(call, noValues, told(error, values)),
  }),
  route({
    method: 'POST',
    path: '/settings/gitlab/:id/refresh',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Ask an instance for new tokens by form',
    body: nothing,
    run: (call) => renewInstance(call.ctx, call.id()),
    page: () => goTo(paths.gitlab()),
    refused: (error, values, call) => showSettings(call, noValues, told(error, values)),
  }),
  route({
    method: 'GET',
    path: '/settings/gitlab/:id/disconnect',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Asks before an instance is disconnected',
    run: (call) => showGitlabInstance(call.ctx, call.id()),
    page: (instance, { shell }) =>
      showPage(<DisconnectGitlabPage shell={shell()} instance={instance} />),
  }),
  route({
    method: 'POST',
    path: '/settings/gitlab/:id/disconnect',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Disconnect an instance by form',
    body: nothing,
    run: (call) => disconnectInstance(call.ctx, call.id()),
    page: () => goTo(paths.gitlab()),
    refused: (error, values, call) => showSettings(call, noValues, told(error, values)),
  }),
  route({
    method: 'GET',
    path: '/settings/gitlab/:id/projects',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'The projects of an instance, to enable and disable',
    query: projectQuery,
    run: (call) => showGitlabInstance(call.ctx, call.id()),
    page: (_, call) => showProjects(call, call.query, []),
  }),
  route({
    method: 'GET',
    path: '/settings/gitlab/:id/projects/:project/enable',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Asks before an archived project is enabled',
    run: (call) => showGitlabInstance(call.ctx, call.id()),
    page: (_, call) => showEnable(call, []),
  }),
  route({
    method: 'POST',
    path: '/settings/gitlab/:id/projects/:project/enable',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Enable a project by form',
    body: enableForm,
    run: (call) =>
      enableProject(
        call.ctx,
        { instance: call.id(), projectId: call.param('project') },
        { confirmArchived: call.body.confirm_archived === 'true' },
      ),
    page: ({ repository }) => goTo(paths.repository(repository.id)),
    refused: (error, values, call) =>
      error.trouble === 'conflict'
        ? showEnable(call, told(error, values))
        : showProjects(call, firstPage, told(error, values)),
  }),
  route({
    method: 'POST',
    path: '/settings/gitlab/:id/projects/:project/disable',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Disable a project by form',
    body: nothing,
    run: (call) =>
      disableProject(call.ctx, { instance: call.id(), projectId: call.param('project') }),
    page: (_, call) => goTo(paths.gitlabProjects(call.id())),
    refused: (error, values, call) => showProjects(call, firstPage, told(error, values)),
  }),
]

const noValues: RegisterValues = {
  instance: '',
  client_id: '',
  allow_private_network: false,
  skip_tls_verification: false,
}

const firstPage = { page: 1, per_page: projectsPerPageDefault }

async function showSettings(
  { ctx, shell, now }: Call,
  values: RegisterValues,
  errors: readonly FieldError[],
): Promise<Answer> {
  const page = (
    <GitlabPage
      shell={shell()}
      instances={await listGitlabInstances(ctx)}
      redirectUris={[gitlabCallbackPath, signInCallbackPath('gitlab')].map(
        (path) => new URL(path, ctx.config.baseUrl).href,
      )}
      values={values}
      errors={errors}
      now={now}
    />
  )
  return showPage(page)
}

/** GitLab may be away: then the page says so, and lets its reader try again. */
async function showProjects(
  call: Call,
  { page, per_page, q }: z.infer<typeof projectQuery>,
  errors: readonly FieldError[],
): Promise<Answer> {
  const { ctx, shell } = call
  const search = q ?? null
  const wish = { instance: call.id(), page, perPage: per_page, search }
  const found = await listProjects(ctx, wish).catch((error: unknown) => {
    if (error instanceof OoreError) return error
    throw error
  })
  const isTold = !(found instanceof OoreError)
  const view = (
    <GitlabProjectsPage
      shell={shell()}
      instance={isTold ? found.instance : await showGitlabInstance(ctx, call.id())}
      list={isTold ? found : null}
      trouble={isTold ? null : found.message}
      search={search}
      errors={errors}
    />
  )
  return showPage(view)
}

async function showEnable(call: Call, errors: readonly FieldError[]): Promise<Answer> {
  const page = (
    <EnableArchivedPage
      shell={call.shell()}
      instance={await showGitlabInstance(call.ctx, call.id())}
      projectId={call.param('project')}
      errors={errors}
    />
  )
  return showPage(page)
}
