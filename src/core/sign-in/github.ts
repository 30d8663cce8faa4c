import {
  findGithubAccount,
  findGithubOrganization,
  isGithubMember,
  readGithubPerson,
} from '../../scm/github/people.ts'
import type { Ctx } from '../ctx.ts'
import { signInCallbackPath } from '../users/user.ts'
import { type SignInApp, signInApps } from './apps.ts'
import type { Door, SignInProvider } from './provider.ts'

/** GitHub, by the GitHub App that is connected. What its tokens may do are the App's permissions. */
export const githubSignIn = {
  key: 'github',
  name: 'GitHub',
  groupWord: 'organization',
  doors: async (ctx) => (await signInApps.github(ctx)).map((app) => doorOf(ctx, app)),
} as const satisfies SignInProvider

const doorOf = (
  ctx: Ctx,
  { instance, url, apiUrl, reach, lookUpToken, ...app }: SignInApp,
): Door => {
  const host = { apiUrl, reach }
  return {
    provider: 'github',
    instance,
    name: instance === 'github.com' ? 'GitHub' : `GitHub at ${instance}`,
    groupWord: 'organization',
    app: {
      authorizeUrl: new URL('/login/oauth/authorize', url).href,
      tokenUrl: new URL('/login/oauth/access_token', url).href,
      redirectUri: new URL(signInCallbackPath('github'), ctx.config.baseUrl).href,
      reach,
      ...app,
    },
    scopes: [],
    forge: {
      person: (token) => readGithubPerson(host, token),
      isMember: (group, { token }) => isGithubMember(host, token, group),
      findAccount: async (login) => findGithubAccount(host, await lookUpToken(), login),
      findGroup: async (name) => findGithubOrganization(host, await lookUpToken(), name),
    },
  }
}
