import {
  findGitlabAccount,
  findGitlabGroup,
  isGitlabMember,
  readGitlabPerson,
} from '../../scm/gitlab/people.ts'
import type { Ctx } from '../ctx.ts'
import { signInCallbackPath } from '../users/user.ts'
import { type SignInApp, signInApps } from './apps.ts'
import type { Door, SignInProvider } from './provider.ts'

/** GitLab, by the OAuth application of each instance that is registered. */
export const gitlabSignIn = {
  key: 'gitlab',
  name: 'GitLab',
  groupWord: 'group',
  doors: async (ctx) => (await signInApps.gitlab(ctx)).map((app) => doorOf(ctx, app)),
} as const satisfies SignInProvider

const doorOf = (
  ctx: Ctx,
  { instance, url, apiUrl, reach, lookUpToken, ...app }: SignInApp,
): Door => {
  const host = { apiUrl, reach }
  const at = (path: string) => `${url.href.replace(/\/$/, '')}${path}`
  return {
    provider: 'gitlab',
    instance,
    name: instance === 'gitlab.com' ? 'GitLab' : `GitLab at ${instance}`,
    groupWord: 'group',
    app: {
      authorizeUrl: at('/oauth/authorize'),
      tokenUrl: at('/oauth/token'),
      redirectUri: new URL(signInCallbackPath('gitlab'), ctx.config.baseUrl).href,
      reach,
      ...app,
    },
    // A person's token reads who they are and nothing else; members are read by the connection's.
    scopes: ['read_user'],
    forge: {
      person: (token) => readGitlabPerson(host, token),
      isMember: async (group, { person }) => {
        const token = await lookUpToken()
        return token !== null && isGitlabMember(host, token, group, person)
      },
      findAccount: async (login) => findGitlabAccount(host, await lookUpToken(), login),
      findGroup: async (name) => findGitlabGroup(host, await lookUpToken(), name),
    },
  }
}
