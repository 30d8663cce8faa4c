import type { Server } from './server.ts'
import { events } from './events.ts'

export type Build = { id: string; number: number; status: string; duration_ms: number | null }
export type BuildDetail = Build & { steps: { duration_ms: number | null; status: string }[] }

/** Registers a repository of this machine. Returns its id. */
export async function register(server: Server, dir: string, more = {}): Promise<string> {
  const repository = await server.api<{ id: string }>('POST', '/api/repositories', {
    provider: 'git',
    clone_url: `file://${dir}`,
    default_branch: 'main',
    ...more,
  })
  return repository.id
}

export async function trigger(server: Server, repositoryId: string): Promise<Build> {
  const path = `/api/repositories/${repositoryId}/trigger`
  const answer = await server.api<Build | { data: Build[] }>('POST', path, { branch: 'main' })
  const build = 'data' in answer ? answer.data[0] : answer
  if (build === undefined) throw new Error('the trigger started no build')
  return build
}

/** Waits for the event that says so. Throws where the build did not succeed. */
export async function ended(server: Server, build: Build): Promise<BuildDetail> {
  for await (const event of events(server, `/api/builds/${build.id}/events?logs=false`)) {
    if (event.event === 'end') break
  }
  const detail = await server.api<BuildDetail>('GET', `/api/builds/${build.id}`)
  if (detail.status !== 'success') throw new Error(`build ${build.number} is ${detail.status}`)
  return detail
}

/** The text of one step's log. */
export async function logOf(server: Server, build: Build, step: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  const path = `/api/builds/${build.id}/logs?step=${step}`
  for await (const chunk of await server.open({ path })) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
