import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { findGithubApp } from '../github/find.ts'
import { findGitlabInstances } from '../gitlab/find.ts'
import { readHealth } from './read.ts'

/** What is set up: connections to forges, and what the server itself needs. */
export type SetupStatus = {
  github: { configured: boolean; app_name: string | null }
  gitlab: { instance: string; username: string }[]
  encryption: boolean
  admin_token: boolean
  database: boolean
}

/** What is there and what is missing, at one glance. */
export async function showSetupStatus(ctx: Ctx): Promise<SetupStatus> {
  if (!may(ctx.actor, 'overview.read')) throw refused(ctx.actor)
  const { isHealthy } = await readHealth(ctx)
  const app = await findGithubApp(ctx)
  const instances = await findGitlabInstances(ctx)
  return {
    github: { configured: app !== null, app_name: app?.row.name ?? null },
    gitlab: instances.flatMap(({ state, url, username }) =>
      state === 'connected' ? [{ instance: url, username: username ?? '' }] : [],
    ),
    // It would not have started without a key, and makes a token where there is none.
    encryption: true,
    admin_token: ctx.config.adminToken !== null,
    database: isHealthy,
  }
}
