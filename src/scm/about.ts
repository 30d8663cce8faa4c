/** What a provider is, in plain values: what pages, commands and messages say of it. */
export type AboutProvider = {
  /** Its name in the API, in the database and in the address of its webhooks. */
  key: string
  /** As a sentence calls it. */
  name: string
  /** As it is called where one of all is to be chosen. */
  choice: string
  /** Does it host repositories under names of its own? Then its host tells instances apart. */
  isForge: boolean
  /**
   * The hosts that make an address this provider's where nobody says so; the first is where a
   * repository is taken to be of which only owner and name are given.
   */
  hosts: readonly string[]
  /** What it calls a request to merge a branch. */
  pullRequest: 'pull request' | 'merge request'
  /** Can its pull requests be commented? Then its Scm has `comment`. */
  hasComments: boolean
  /** The user name that goes with an access token, for cloning, where nobody gave another. */
  tokenUser: string
  /** What a repository's webhook has to tell of, by the names of the provider's own API. */
  webhookEvents: readonly string[]
  /** How a webhook is set up where the code is. */
  webhookSetup: WebhookSetup
}

export type WebhookSetup =
  /** By people, on the provider's pages. `*…*` is what stands there, `` `…` `` what is chosen. */
  | { is: 'steps'; steps: readonly string[] }
  /** By a script on the server itself. */
  | { is: 'script' }
