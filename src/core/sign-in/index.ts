import { githubSignIn } from './github.ts'
import { gitlabSignIn } from './gitlab.ts'
import type { SignInProvider } from './provider.ts'

/** Where people can sign in, in the order in which it is offered. */
export const signInProviderList: readonly SignInProvider[] = [githubSignIn, gitlabSignIn]
