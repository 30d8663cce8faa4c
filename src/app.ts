import { Hono } from 'hono'
import type { Services } from './core/ctx.ts'
import type { Id } from './lib/ids.ts'
import { addressCheckRoutes } from './routes/address-check.tsx'
import { appleRoutes } from './routes/apple.tsx'
import { approvalRoutes } from './routes/approvals.tsx'
import { accountRoutes } from './routes/account.tsx'
import { artifactRoutes } from './routes/artifacts.ts'
import { assetRoutes, type Assets } from './routes/assets.ts'
import { buildRoutes } from './routes/builds.tsx'
import { credentialRoutes } from './routes/credentials.ts'
import { dashboardRoutes } from './routes/dashboard.tsx'
import { deviceRoutes } from './routes/devices.tsx'
import { enrolRoutes } from './routes/enrol.tsx'
import { entryRuleRoutes } from './routes/entry-rules.tsx'
import { githubSetupRoutes } from './routes/github-setup.tsx'
import { githubRoutes } from './routes/github.tsx'
import { gitlabRoutes } from './routes/gitlab.ts'
import { gitlabSettingsRoutes } from './routes/gitlab-settings.tsx'
import { gitlabSetupRoutes } from './routes/gitlab-setup.tsx'
import { healthRoutes } from './routes/health.ts'
import { installRoutes } from './routes/installs.tsx'
import { mountRoutes } from './routes/lib/mount.ts'
import type { Route } from './routes/lib/route.ts'
import { sessionReader } from './routes/lib/session-reader.ts'
import { logRoutes } from './routes/logs.ts'
import { openapiRoutes } from './routes/openapi.ts'
import { buildNumberRoutes } from './routes/build-numbers.tsx'
import { pipelineEditorRoutes } from './routes/pipeline-editor.tsx'
import { pipelineHistoryRoutes } from './routes/pipeline-history.tsx'
import { pipelineRoutes } from './routes/pipelines.tsx'
import { repositoryRoutes } from './routes/repositories.tsx'
import { settingsRoutes } from './routes/settings.tsx'
import { signingCheckRoutes } from './routes/signing-check.ts'
import { signingRoutes } from './routes/signing.tsx'
import { schemaRoutes } from './routes/schema.ts'
import { sessionRoutes } from './routes/sessions.tsx'
import { statusReportRoutes } from './routes/status-reports.ts'
import { streamRoutes } from './routes/streams.tsx'
import { testRoutes } from './routes/tests.tsx'
import { userRoutes } from './routes/users.tsx'
import { variablePageRoutes } from './routes/variables-pages.tsx'
import { variableRoutes } from './routes/variables.ts'
import { webhookRoutes } from './routes/webhooks.tsx'

export type AppParts = { services: Services; organizationId: Id; assets: Assets; version: string }

/** The web application, from what it is handed. It opens nothing. */
export function createApp({ services, organizationId, assets, version }: AppParts): Hono {
  const app = new Hono({ strict: true })
  const sessions = sessionReader(services.bells)
  const routes = routeTable({ assets, version, forget: (cookie) => sessions.forget(cookie) })
  mountRoutes(app, routes, {
    services,
    organizationId,
    sessions,
    assets: (name) => assets.addressOf(name),
  })
  return app
}

type TableParts = { assets: Assets; version: string; forget: (cookie: string) => void }

/** Every route there is, noun by noun; test/golden/routes.txt lists them with their guards. */
export function routeTable({ assets, version, forget }: TableParts): Route[] {
  const routes: Route[] = [
    ...healthRoutes(version),
    ...sessionRoutes(forget),
    ...accountRoutes(),
    // Before a person: `rules` is none.
    ...entryRuleRoutes(),
    ...userRoutes(),
    ...dashboardRoutes(),
    ...addressCheckRoutes(),
    ...repositoryRoutes(),
    ...buildNumberRoutes(),
    ...pipelineRoutes(),
    ...pipelineEditorRoutes(),
    ...pipelineHistoryRoutes(),
    // Before the build itself: `artifacts.zip` and `logs` are no steps of it.
    ...logRoutes(),
    ...streamRoutes(),
    ...artifactRoutes(),
    ...installRoutes(),
    ...testRoutes(),
    ...statusReportRoutes(),
    ...approvalRoutes(),
    ...buildRoutes(),
    ...variableRoutes(),
    ...variablePageRoutes(),
    ...settingsRoutes(),
    // Before a credential: `check` is none.
    ...signingCheckRoutes(),
    ...deviceRoutes(),
    ...enrolRoutes(),
    ...appleRoutes(),
    ...credentialRoutes(),
    ...signingRoutes(),
    ...webhookRoutes(),
    ...githubRoutes(),
    ...githubSetupRoutes(),
    ...gitlabRoutes(),
    ...gitlabSettingsRoutes(),
    ...gitlabSetupRoutes(),
    ...assetRoutes(assets),
    ...schemaRoutes(makeSchema),
    // Describes itself too.
    ...openapiRoutes(() => routes, version),
  ]
  return routes
}

/** Made with a reader of YAML, which the server has in its thread only and holds no second time. */
const makeSchema = async () => (await import('./pipeline/schema.ts')).pipelineSchema()
