import { and, asc, count, eq, gt, inArray, isNull, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { withAuthorNames } from '../users/names.ts'
import type { StoredVariable, VariableGroup } from './variable.ts'

export type GroupRow = typeof schema.variableGroups.$inferSelect
export type VariableRow = typeof schema.variables.$inferSelect

/** Where a variable's value is sealed. */
export const variablePlace = (id: Id): string => `variables/${id}/value`

export type GroupFilters = {
  /** `organization` for its own, a repository's id for those of it, null for all. */
  owner: 'organization' | Id | null
}

/** Groups by name, the variables of every build first. */
export async function listGroups(
  ctx: Ctx,
  { owner }: GroupFilters,
  page: PageRequest,
): Promise<Page<VariableGroup>> {
  if (!may(ctx.actor, 'variable.read')) throw refused(ctx.actor, 'variable.read')
  const { variableGroups: g } = schema
  const rows = await ctx.db.read
    .select()
    .from(g)
    .where(
      and(
        eq(g.organizationId, ctx.organizationId),
        owner === null
          ? undefined
          : owner === 'organization'
            ? isNull(g.repositoryId)
            : eq(g.repositoryId, owner),
        page.cursor ? after(page.cursor) : undefined,
      ),
    )
    .orderBy(asc(g.name), asc(g.id))
    .limit(page.limit + 1)
    .all()
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > page.limit && last ? encodeCursor([last.name, last.id]) : null
  return { data: await groupsOf(ctx, shown), nextCursor }
}

function after(cursor: string) {
  const { variableGroups: g } = schema
  const [name, id] = decodeCursor(cursor, ['text', 'text'])
  return or(gt(g.name, name), and(eq(g.name, name), gt(g.id, id)))
}

async function groupsOf(ctx: Ctx, rows: readonly GroupRow[]): Promise<VariableGroup[]> {
  const { variables: v, repositories: r } = schema
  const counts = await ctx.db.read
    .select({ groupId: v.groupId, count: count() })
    .from(v)
    .where(
      inArray(
        v.groupId,
        rows.map(({ id }) => id),
      ),
    )
    .groupBy(v.groupId)
    .all()
  const repositories = await ctx.db.read
    .select({ id: r.id, fullName: r.fullName })
    .from(r)
    .where(
      inArray(
        r.id,
        rows.flatMap(({ repositoryId }) => repositoryId ?? []),
      ),
    )
    .all()
  const groups = rows.map((row) => ({
    id: row.id,
    name: row.name,
    repository: repositories.find(({ id }) => id === row.repositoryId) ?? null,
    variableCount: counts.find(({ groupId }) => groupId === row.id)?.count ?? 0,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }))
  return withAuthorNames(ctx, groups)
}

/** Throws `not_found`. */
export async function findGroupRow(ctx: Ctx, id: Id): Promise<GroupRow> {
  const { variableGroups: g } = schema
  const row = await ctx.db.read
    .select()
    .from(g)
    .where(and(eq(g.organizationId, ctx.organizationId), eq(g.id, id)))
    .get()
  if (row) return row
  throw new OoreError('not_found', 'There is no such group of variables.')
}

export type GroupDetail = { group: VariableGroup; variables: StoredVariable[] }

/** A group with its variables by name; the values of secrets are not among them. */
export async function showGroup(ctx: Ctx, id: Id): Promise<GroupDetail> {
  if (!may(ctx.actor, 'variable.read')) throw refused(ctx.actor, 'variable.read')
  const [group] = await groupsOf(ctx, [await findGroupRow(ctx, id)])
  return { group: group!, variables: await variablesIn(ctx, id) }
}

async function variablesIn(ctx: Ctx, groupId: Id): Promise<StoredVariable[]> {
  const { variables: v } = schema
  const rows = await ctx.db.read
    .select()
    .from(v)
    .where(eq(v.groupId, groupId))
    .orderBy(asc(v.name), asc(v.environment), asc(v.branchPattern))
    .all()
  return withUpdaters(
    ctx,
    rows.map((row) => variableOf(ctx, row)),
  )
}

async function withUpdaters(ctx: Ctx, all: readonly StoredVariable[]): Promise<StoredVariable[]> {
  const named = await withAuthorNames(
    ctx,
    all.map((one) => ({ ...one, createdBy: one.updatedBy })),
  )
  return named.map(({ createdBy, ...one }) => ({ ...one, updatedBy: createdBy }))
}

/** A row as people see it. */
export const variableOf = (ctx: Pick<Ctx, 'keyring'>, row: VariableRow): StoredVariable => ({
  id: row.id,
  groupId: row.groupId,
  name: row.name,
  environment: row.environment,
  branchPattern: row.branchPattern,
  isSecret: row.isSecret,
  isProtected: row.isProtected,
  value: row.isSecret ? null : valueOf(ctx, row),
  maskWarning: row.maskWarning,
  lastUsed:
    row.lastUsedAt === null || row.lastUsedBuildId === null
      ? null
      : { at: row.lastUsedAt, buildId: row.lastUsedBuildId },
  updatedBy: row.updatedBy,
  updatedAt: row.updatedAt,
})

/** Throws OoreError `conflict` where it was sealed by another key, or moved. */
export const valueOf = (
  { keyring }: Pick<Ctx, 'keyring'>,
  { id, valueSealed }: Pick<VariableRow, 'id' | 'valueSealed'>,
): string => keyring.open(valueSealed, variablePlace(id)).reveal()

/** What tells the variables of one name in one group apart. */
export type VariableKey = { name: string; environment: string; branchPattern: string }

/** Throws `not_found`. */
export async function findVariableRow(
  ctx: Ctx,
  groupId: Id,
  { name, environment, branchPattern }: VariableKey,
): Promise<VariableRow> {
  const { variables: v } = schema
  const row = await ctx.db.read
    .select()
    .from(v)
    .where(
      and(
        eq(v.groupId, groupId),
        eq(v.name, name),
        eq(v.environment, environment),
        eq(v.branchPattern, branchPattern),
      ),
    )
    .get()
  if (row) return row
  const narrowed = [
    ...(environment === '' ? [] : [`for the environment ${environment}`]),
    ...(branchPattern === '' ? [] : [`for branches like ${branchPattern}`]),
  ].join(' and ')
  const shown = name.slice(0, 100)
  throw new OoreError(
    'not_found',
    `There is no variable ${shown}${narrowed && ` ${narrowed}`} in this group.`,
  )
}

/** One variable. Throws `not_found`. */
export async function showVariable(
  ctx: Ctx,
  groupId: Id,
  key: VariableKey,
): Promise<StoredVariable> {
  if (!may(ctx.actor, 'variable.read')) throw refused(ctx.actor, 'variable.read')
  await findGroupRow(ctx, groupId)
  const row = await findVariableRow(ctx, groupId, key)
  const [one] = await withUpdaters(ctx, [variableOf(ctx, row)])
  return one!
}
