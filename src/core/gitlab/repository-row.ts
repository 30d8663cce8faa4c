import { and, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import type { GitlabProject } from '../../scm/gitlab/instance/read.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { cloneUrlOf, instanceOfRow } from './ask.ts'
import type { GitlabRow } from './find.ts'

/**
 * The repository that a project is here: by GitLab's number, which stays through renames, else one
 * that somebody added by hand, by its address. Undefined where it is none.
 */
export async function findProjectRow(
  { organizationId }: Pick<Ctx, 'organizationId'>,
  db: Pick<Writer, 'select'>,
  row: GitlabRow,
  project: Pick<GitlabProject, 'id' | 'fullName' | 'cloneUrl' | 'sshUrl'>,
): Promise<RepositoryRow | undefined> {
  const { repositories: r } = schema
  const here = and(
    eq(r.organizationId, organizationId),
    eq(r.provider, 'gitlab'),
    isNull(r.removedAt),
  )
  const known = await db
    .select()
    .from(r)
    .where(and(here, eq(r.instance, instanceOfRow(row)), eq(r.externalId, project.id)))
    .get()
  if (known) return known
  const addresses = [cloneUrlOf(row, project.fullName), project.cloneUrl, project.sshUrl ?? '']
    .flatMap((address) => (address === '' ? [] : [address, address.replace(/\.git$/, '')]))
    .map((address) => address.toLowerCase())
  const { hostname, pathname } = new URL(row.url)
  const byName =
    pathname === '/'
      ? and(eq(r.instance, hostname), eq(sql`lower(${r.fullName})`, project.fullName.toLowerCase()))
      : undefined
  return db
    .select()
    .from(r)
    .where(
      and(here, isNull(r.externalId), or(inArray(sql`lower(${r.cloneUrl})`, addresses), byName)),
    )
    .get()
}

/** What GitLab tells of a project, as columns. */
export function toldOf(row: GitlabRow, project: GitlabProject) {
  const parts = project.fullName.split('/')
  const name = parts.pop() ?? ''
  return {
    instance: instanceOfRow(row),
    externalId: project.id,
    owner: parts.join('/'),
    name,
    fullName: project.fullName,
    cloneUrl: cloneUrlOf(row, project.fullName),
    isPrivate: project.isPrivate,
    isArchived: project.isArchived,
    ...(project.defaultBranch === null ? {} : { defaultBranch: project.defaultBranch }),
  }
}

/**
 * A name that another project had before belongs to the one that has it now; the other learns its
 * new one when it is looked at next.
 */
export async function freeName(
  ctx: Ctx,
  tx: Writer,
  row: GitlabRow,
  fullName: string,
  own: Id,
): Promise<void> {
  const { repositories: r } = schema
  const mark = sql`coalesce(${r.externalId}, substr(${r.id}, -6))`
  await tx
    .update(r)
    .set({
      name: sql`${r.name} || '~' || ${mark}`,
      fullName: sql`${r.fullName} || '~' || ${mark}`,
    })
    .where(
      and(
        eq(r.organizationId, ctx.organizationId),
        eq(r.provider, 'gitlab'),
        eq(r.instance, instanceOfRow(row)),
        isNull(r.removedAt),
        ne(r.id, own),
        eq(r.fullName, fullName),
      ),
    )
}

/** The repositories that an instance speaks for, paused ones too. */
export const repositoriesOf = (
  { organizationId, db }: Pick<Ctx, 'organizationId' | 'db'>,
  instanceId: Id,
): Promise<RepositoryRow[]> => {
  const { repositories: r } = schema
  return db.read
    .select()
    .from(r)
    .where(
      and(
        eq(r.organizationId, organizationId),
        eq(r.provider, 'gitlab'),
        eq(r.connectionId, instanceId),
        isNull(r.removedAt),
      ),
    )
    .orderBy(r.id)
    .all()
}
