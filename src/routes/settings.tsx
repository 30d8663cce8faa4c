import { may } from '../core/access/may.ts'
import type { Ctx } from '../core/ctx.ts'
import { showGithub } from '../core/github/show.ts'
import { listGitlabInstances } from '../core/gitlab/find.ts'
import { type Connections, SettingsPage } from '../views/settings/page.tsx'
import { showPage } from './lib/answer.ts'
import { type Route, route } from './lib/route.ts'

/** Where all that is set up is found, as far as its reader may see it. */
export const settingsRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/settings',
    guard: 'signed-in',
    asks: 'signing.read',
    does: 'What can be set up, and how it stands',
    run: ({ ctx }) => connectionsFor(ctx),
    page: (connections, { shell }) =>
      showPage(<SettingsPage shell={shell()} connections={connections} />),
  }),
]

async function connectionsFor(ctx: Ctx): Promise<Connections | null> {
  if (!may(ctx.actor, 'connection.read')) return null
  return { github: await showGithub(ctx), gitlab: await listGitlabInstances(ctx) }
}
