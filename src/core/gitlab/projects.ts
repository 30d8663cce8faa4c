import { and, eq, inArray, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { listProjects as askForProjects, perPageMax } from '../../scm/gitlab/instance/api.ts'
import { levelName, maintainerLevel } from '../../scm/gitlab/instance/read.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { asking, instanceOfRow } from './ask.ts'
import { requireGitlabRow, showGitlabInstance } from './find.ts'
import type { ProjectList } from './instance.ts'

export const projectsPerPageDefault = 20
export const projectsPerPageMax = perPageMax
/** GitLab pages no further: docs.gitlab.com, "Offset-based pagination". */
export const projectPageMax = 2500

export type ProjectQuery = {
  instance: string | null
  page: number
  perPage: number
  /** Part of the path or of the name. */
  search: string | null
}

/**
 * The projects of an instance that whoever authorized is a member of, with what they are here.
 * Throws OoreError `invalid` where several instances are registered and none is named, and as
 * `asking`.
 */
export async function listProjects(ctx: Ctx, query: ProjectQuery): Promise<ProjectList> {
  if (!may(ctx.actor, 'connection.read')) throw refused(ctx.actor, 'connection.read')
  const row = await requireGitlabRow(ctx, query.instance)
  const { page, perPage } = query
  const search = query.search?.trim() || null
  if (search !== null && search.length < searchLengthMin) {
    const message = `must have ${searchLengthMin} characters at least`
    throw new OoreError('invalid', `What is searched for ${message}.`, {
      fields: [{ field: 'q', message }],
    })
  }
  const found = await asking(ctx, row.id, ({ host, token }) =>
    askForProjects(host, token, { page, perPage, search }),
  )
  const known = await knownHere(
    ctx,
    instanceOfRow(row),
    found.projects.map(({ id }) => id),
  )
  return {
    instance: await showGitlabInstance(ctx, row.id),
    ...found,
    projects: found.projects.map((project) => {
      const here = known.get(project.id)
      return {
        id: project.id,
        instance: instanceOfRow(row),
        fullName: project.fullName,
        webUrl: `${row.url}/${project.fullName}`,
        defaultBranch: project.defaultBranch,
        isPrivate: project.isPrivate,
        isArchived: project.isArchived,
        role: project.accessLevel === null ? null : levelName(project.accessLevel),
        mayEnable: project.accessLevel === null || project.accessLevel >= maintainerLevel,
        repositoryId: here?.id ?? null,
        isEnabled: here !== undefined && here.connectionId === row.id && here.state !== 'inactive',
      }
    }),
  }
}

/** GitLab finds nothing by fewer. */
const searchLengthMin = 2

async function knownHere(ctx: Ctx, instance: string, ids: readonly string[]) {
  const { repositories: r } = schema
  if (ids.length === 0) return new Map<string, KnownHere>()
  const rows = await ctx.db.read
    .select({ id: r.id, externalId: r.externalId, connectionId: r.connectionId, state: r.state })
    .from(r)
    .where(
      and(
        eq(r.organizationId, ctx.organizationId),
        eq(r.provider, 'gitlab'),
        eq(r.instance, instance),
        inArray(r.externalId, [...ids]),
        isNull(r.removedAt),
      ),
    )
    .all()
  return new Map(rows.map((row): [string, KnownHere] => [row.externalId ?? '', row]))
}

type KnownHere = { id: string; connectionId: string | null; state: string }
