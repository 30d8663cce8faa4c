import { isId } from '../lib/ids.ts'
import { allOf, type Connection } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'

type Repository = { id: string; full_name: string }

/** The id of a repository that is told by its id or by owner/name. Throws CallFailed. */
export async function repositoryId(server: Connection, told: string): Promise<string> {
  if (isId(told)) return told
  const found = await allOf<Repository>(server, '/repositories', { q: told })
  const same = found.filter(({ full_name }) => full_name.toLowerCase() === told.toLowerCase())
  const [one] = same
  if (one !== undefined && same.length === 1) return one.id
  throw new CallFailed(
    one === undefined
      ? `There is no repository "${told}". "oore repo list" names all.`
      : `There are ${same.length} repositories "${told}": tell it by its id, which "oore repo list" shows.`,
    one === undefined ? exitCodes.notFound : exitCodes.usage,
  )
}
