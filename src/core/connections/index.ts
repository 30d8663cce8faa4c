import { githubConnection } from '../github/connection.ts'
import { gitlabConnection } from '../gitlab/connection.ts'
import type { Provider } from '../repositories/repository.ts'
import type { Connection } from './connection.ts'

/** What repositories of a provider are reached by once they belong to a connection. */
export const connections: Partial<Record<Provider, Connection>> = {
  github: githubConnection,
  gitlab: gitlabConnection,
}
