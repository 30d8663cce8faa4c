import { and, eq, ne } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { actorText } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change, type Recorder } from '../events/change.ts'
import { findRepositoryRow } from '../repositories/find.ts'
import { findGroupRow, type GroupRow, type GroupDetail, showGroup } from './find.ts'
import { groupNamePattern } from './variable.ts'

/** Makes a group, of the organization or of a repository. Throws OoreError `invalid`, `conflict`. */
export async function addGroup(
  ctx: Ctx,
  input: { name: string; repository_id?: Id | undefined },
): Promise<GroupDetail> {
  if (!may(ctx.actor, 'variable.change')) throw refused(ctx.actor, 'variable.change')
  const name = checkGroupName(input.name)
  const repositoryId = await ownerOf(ctx, input.repository_id)
  const row = await change(ctx, async (tx, record) => {
    await refuseTaken(tx, repositoryId ?? ctx.organizationId, name, '')
    return insertGroup(ctx, tx, record, { name, repositoryId })
  })
  return showGroup(ctx, row.id)
}

async function ownerOf(ctx: Ctx, repositoryId: Id | undefined): Promise<Id | null> {
  if (repositoryId === undefined || repositoryId === '') return null
  return (await findRepositoryRow(ctx, repositoryId)).id
}

function checkGroupName(given: string): string {
  const name = given.trim()
  if (groupNamePattern.test(name)) return name
  const found = name === '' ? 'is missing' : `is ${JSON.stringify(name.slice(0, 60))}`
  const message = `${found}: write up to 100 letters, digits, blanks and . _ - / ( ), beginning with a letter or digit`
  throw new OoreError('invalid', `The name ${message}.`, { fields: [{ field: 'name', message }] })
}

async function refuseTaken(tx: Writer, ownerId: Id, name: string, but: Id): Promise<void> {
  const { variableGroups: g } = schema
  const other = await tx
    .select({ id: g.id })
    .from(g)
    .where(and(eq(g.ownerId, ownerId), eq(g.name, name), ne(g.id, but)))
    .get()
  if (!other) return
  const message = 'is that of another group here'
  throw new OoreError('conflict', `The name "${name}" ${message}.`, {
    fields: [{ field: 'name', message }],
  })
}

async function insertGroup(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  { name, repositoryId }: { name: string; repositoryId: Id | null },
): Promise<GroupRow> {
  const now = ctx.clock()
  const row = await tx
    .insert(schema.variableGroups)
    .values({
      id: newId(),
      organizationId: ctx.organizationId,
      ownerId: repositoryId ?? ctx.organizationId,
      repositoryId,
      name,
      createdBy: actorText(ctx.actor),
      createdAt: now,
      updatedAt: now,
    })
    .returning()
    .get()
  record('variable_group.added', row.id, { name, repository_id: repositoryId })
  return row
}

/** Where a variable belongs that is told by names: by that of its group, or to no group. */
export type GroupPlace = { repository_id?: Id | undefined; group?: string | undefined }

/**
 * The group of that name, or the one of the variables that every build there gets, which is made
 * where it is not there yet. Throws `not_found` for a name that no group there has.
 */
export async function groupAt(ctx: Ctx, place: GroupPlace): Promise<Id> {
  if (!may(ctx.actor, 'variable.change')) throw refused(ctx.actor, 'variable.change')
  const repositoryId = await ownerOf(ctx, place.repository_id)
  const name = place.group?.trim() ?? ''
  return change(ctx, async (tx, record) => {
    const found = await groupNamed(tx, repositoryId ?? ctx.organizationId, name)
    if (found) return found
    if (name !== '') throw noGroup(repositoryId, name)
    return (await insertGroup(ctx, tx, record, { name, repositoryId })).id
  })
}

/** The same, and nothing is made. Throws `not_found`. */
export async function findGroupAt(ctx: Ctx, place: GroupPlace): Promise<Id> {
  if (!may(ctx.actor, 'variable.change')) throw refused(ctx.actor, 'variable.change')
  const repositoryId = await ownerOf(ctx, place.repository_id)
  const name = place.group?.trim() ?? ''
  const found = await groupNamed(ctx.db.read, repositoryId ?? ctx.organizationId, name)
  if (found) return found
  throw noGroup(repositoryId, name)
}

async function groupNamed(
  db: Pick<Writer, 'select'>,
  ownerId: Id,
  name: string,
): Promise<Id | undefined> {
  const { variableGroups: g } = schema
  const row = await db
    .select({ id: g.id })
    .from(g)
    .where(and(eq(g.ownerId, ownerId), eq(g.name, name)))
    .get()
  return row?.id
}

function noGroup(repositoryId: Id | null, name: string): OoreError {
  const of = repositoryId === null ? 'the organization' : 'this repository'
  return new OoreError(
    'not_found',
    name === ''
      ? `There are no variables for every build of ${of} yet.`
      : `There is no group "${name.slice(0, 100)}" of ${of}. Make it first: oore group add`,
  )
}

/** Calls a group otherwise. Configurations that use the old name no longer find it. */
export async function renameGroup(ctx: Ctx, id: Id, newName: string): Promise<GroupDetail> {
  if (!may(ctx.actor, 'variable.change')) throw refused(ctx.actor, 'variable.change')
  const row = await findGroupRow(ctx, id)
  if (row.name === '') {
    throw new OoreError('conflict', 'The variables for every build belong to no group.')
  }
  const name = checkGroupName(newName)
  await change(ctx, async (tx, record) => {
    await refuseTaken(tx, row.ownerId, name, id)
    const { variableGroups: g } = schema
    await tx.update(g).set({ name, updatedAt: ctx.clock() }).where(eq(g.id, id))
    record('variable_group.changed', id, { name, before: row.name })
  })
  return showGroup(ctx, id)
}

/** Forgets a group with all that is in it. */
export async function removeGroup(ctx: Ctx, id: Id): Promise<{ name: string }> {
  if (!may(ctx.actor, 'variable.change')) throw refused(ctx.actor, 'variable.change')
  const { name } = await findGroupRow(ctx, id)
  const { variableGroups: g, variables: v } = schema
  await change(ctx, async (tx, record) => {
    await tx.delete(v).where(eq(v.groupId, id))
    const gone = await tx.delete(g).where(eq(g.id, id)).returning({ id: g.id })
    if (gone.length > 0) record('variable_group.removed', id, { name })
  })
  return { name }
}
