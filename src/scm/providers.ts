import type { AboutProvider } from './about.ts'
import { aboutBitbucket } from './bitbucket/about.ts'
import { aboutGit } from './git/about.ts'
import { aboutGitea } from './gitea/about.ts'
import { aboutGithub } from './github/about.ts'
import { aboutGitlab } from './gitlab/about.ts'

/** Every kind of place that code comes from: one line each, in the order of lists. */
const abouts = [aboutGithub, aboutGitlab, aboutGitea, aboutBitbucket, aboutGit] as const

export type Provider = (typeof abouts)[number]['key']

export const providers: readonly Provider[] = abouts.map(({ key }) => key)

/** What is to be said of a provider. */
export function aboutProvider(provider: Provider): AboutProvider {
  const about = abouts.find(({ key }) => key === provider)
  if (about) return about
  throw new Error(`${provider} is not among the providers`)
}
