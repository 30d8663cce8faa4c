import { and, eq, inArray, isNotNull, isNull, ne, or } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { newId } from '../../lib/ids.ts'
import type { OneEvent } from '../../scm/repo-event.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import { sourceOf } from '../repositories/source.ts'

/** What the delivery of a push is called that no webhook told of. */
export const foundEvent = 'found'

/** At most so many at once: a repository that was moved whole is no list of pushes. */
const foundMax = 100
/** SQLite takes so many values in one statement. */
const batchMax = 500

/**
 * Compares the branches and tags of a repository with where they were last heard of, and stores a
 * delivery for each that was pushed meanwhile: what a webhook told of while nobody listened is built
 * all the same, once per branch and by the commit it stands at. The first time only writes down.
 * Throws OoreError where the repository cannot be read now.
 */
export async function reconcileRepository(
  ctx: Ctx,
  repositoryId: Id,
  signal?: AbortSignal,
): Promise<{ found: number }> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  const row = await findRepositoryRow(ctx, repositoryId)
  const refs = await ctx.scm(row.provider).listRefs(await sourceOf(ctx, row), signal)
  if (refs === null) return { found: 0 }
  return change(ctx, async (tx, record) => {
    const known = await knownRefsOf(tx, row.id)
    const news = [...refs].filter(([ref, commit]) => known.get(ref) !== commit)
    await keepRefs(tx, row.id, news)
    await dropRefs(
      tx,
      row.id,
      [...known.keys()].filter((ref) => !refs.has(ref)),
    )
    if (row.refsKnownAt === null) {
      await tx
        .update(schema.repositories)
        .set({ refsKnownAt: ctx.clock() })
        .where(eq(schema.repositories.id, row.id))
      return { found: 0 }
    }
    const missed = news.slice(0, foundMax).map(([ref, commit]) => ({
      ...deliveryOf(ctx, row, ref, commit),
      happened: happenedAt(ref, known.get(ref) ?? null, commit),
    }))
    if (missed.length > 0) await tx.insert(schema.deliveries).values(missed)
    for (const { id } of missed) record('delivery.received', id, { repository_id: row.id })
    return { found: missed.length }
  })
}

/** What `ctx.bells` rings when a repository is heard of whose refs were never written down. */
export const unknownRefsTopic = 'refs'

/** Writes down where a branch or tag stands, once its push is being decided. */
export async function noteRef(ctx: Ctx, repositoryId: Id, happened: OneEvent): Promise<void> {
  const [ref, commit] = refOf(happened)
  const { repositories: r } = schema
  const isKnown = await ctx.db.write(async (tx) => {
    const row = await tx
      .select({ refsKnownAt: r.refsKnownAt })
      .from(r)
      .where(eq(r.id, repositoryId))
      .get()
    if (!row || row.refsKnownAt === null) return !row
    if (ref !== null && commit === null) await dropRefs(tx, repositoryId, [ref])
    if (ref !== null && commit !== null) await keepRefs(tx, repositoryId, [[ref, commit]])
    return true
  })
  if (!isKnown) ctx.bells.ring(unknownRefsTopic)
}

/**
 * Repositories whose pushes are told of, in the order they were added: by a connection, or by a hook
 * that has proved itself. Where nobody set one up, nobody waits for a build.
 */
export async function reconciledRepositories(ctx: Ctx): Promise<{ id: Id; isKnown: boolean }[]> {
  const { repositories: r } = schema
  const rows = await ctx.db.read
    .select({ id: r.id, refsKnownAt: r.refsKnownAt })
    .from(r)
    .where(
      and(
        or(isNotNull(r.connectionId), isNotNull(r.hookVerifiedAt)),
        eq(r.organizationId, ctx.organizationId),
        isNull(r.removedAt),
        ne(r.state, 'inactive'),
        eq(r.isArchived, false),
      ),
    )
    .orderBy(r.id)
    .all()
  return rows.map(({ id, refsKnownAt }) => ({ id, isKnown: refsKnownAt !== null }))
}

function refOf(happened: OneEvent): [ref: string | null, commit: string | null] {
  switch (happened.is) {
    case 'push':
      return [`refs/heads/${happened.branch}`, happened.commit]
    case 'tag':
      return [`refs/tags/${happened.tag}`, happened.commit]
    case 'ref_deleted':
      return [happened.ref, null]
    default:
      return [null, null]
  }
}

function happenedAt(ref: string, before: string | null, commit: string): OneEvent {
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.*)$/s.exec(ref) ?? []
  return kind === 'tags'
    ? { is: 'tag', tag: name, commit, pusher: null }
    : { is: 'push', branch: name, before, commit, pusher: null }
}

const deliveryOf = (ctx: Ctx, row: RepositoryRow, ref: string, commit: string) => ({
  id: newId(),
  organizationId: ctx.organizationId,
  provider: row.provider,
  repositoryId: row.id,
  integrationId: row.id,
  event: foundEvent,
  deliveryId: `found:${ref}:${commit}`,
  status: 'received' as const,
  reason: '',
  buildIds: [],
  sourceIp: '',
  headers: {},
  payload: JSON.stringify({ ref, after: commit, found_by: 'Oore' }),
  receivedAt: ctx.clock(),
  processedAt: null,
  attempts: 0,
  notBefore: 0,
  round: 0,
})

async function knownRefsOf(tx: Writer, repositoryId: Id): Promise<Map<string, string>> {
  const { knownRefs: k } = schema
  const rows = await tx.select().from(k).where(eq(k.repositoryId, repositoryId)).all()
  return new Map(rows.map(({ ref, commit }) => [ref, commit]))
}

async function keepRefs(
  tx: Writer,
  repositoryId: Id,
  refs: readonly (readonly [ref: string, commit: string])[],
): Promise<void> {
  const { knownRefs: k } = schema
  for (const [ref, commit] of refs) {
    await tx
      .insert(k)
      .values({ repositoryId, ref, commit })
      .onConflictDoUpdate({ target: [k.repositoryId, k.ref], set: { commit } })
  }
}

async function dropRefs(tx: Writer, repositoryId: Id, refs: readonly string[]): Promise<void> {
  const { knownRefs: k } = schema
  for (let from = 0; from < refs.length; from += batchMax) {
    const some = refs.slice(from, from + batchMax)
    await tx.delete(k).where(and(eq(k.repositoryId, repositoryId), inArray(k.ref, some)))
  }
}
