import { and, eq, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import type { Millis } from '../../lib/clock.ts'
import { type Id, newId } from '../../lib/ids.ts'
import type { ForgeRepository } from '../../scm/repo-event.ts'
import type { Ctx } from '../ctx.ts'
import type { Recorder } from '../events/change.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { githubInstance } from './find.ts'

/** Says what became of a repository that GitHub told of. */
export type Taken = 'added' | 'adopted' | 'changed' | 'same' | 'left'

export type TakeOptions = {
  /** The row of the installation that reaches it. */
  connectionId: Id
  /**
   * Somebody chose it just now: it comes back though it was removed from Oore before. A sync brings
   * nothing back that a person took out.
   */
  isChosen: boolean
  /** GitHub says that the App reaches it now: a pause because it did not is over. */
  isReached: boolean
  /** GitHub was just asked, so this is how things are, whatever came before. */
  isAsked: boolean
}

const archivedReason = 'It is archived on GitHub.'

/**
 * Brings a repository to what GitHub told: found by GitHub's number, so that builds stay through
 * renames and transfers; else one that somebody added by hand, of the same host and name, is taken
 * over; else it is added. What was not told stays as it is.
 */
export async function takeRepository(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  told: ForgeRepository,
  { connectionId, isChosen, isReached, isAsked }: TakeOptions,
): Promise<Taken> {
  const { repositories: r } = schema
  const known = await findByNumber(ctx, tx, told.externalId)
  if (known === undefined && !isChosen && (await wasRemoved(ctx, tx, told.externalId))) {
    if ((await findByName(ctx, tx, told.fullName)) === undefined) return 'left'
  }
  const row = known ?? (await findByName(ctx, tx, told.fullName))
  if (!isAsked && known !== undefined && isOlder(told, known)) return 'same'
  await freeName(ctx, tx, told, row?.id ?? '')
  if (row === undefined) {
    const added = newRow(ctx, told, connectionId)
    await tx.insert(r).values(added)
    record('repository.added', added.id, { full_name: told.fullName, via: 'github_app' })
    return 'added'
  }
  const values = changesOf(ctx, row, told, { connectionId, isReached })
  const changed = Object.entries(values).filter(
    ([name, value]) => row[name as keyof RepositoryRow] !== value,
  )
  if (changed.length === 0) return 'same'
  await tx
    .update(r)
    .set({ ...values, updatedAt: ctx.clock() })
    .where(eq(r.id, row.id))
  const fields = changed.map(([name]) => name).filter((name) => name !== 'forgeUpdatedAt')
  if (fields.length === 0) return 'same'
  record('repository.changed', row.id, { fields, full_name: told.fullName })
  return known === undefined ? 'adopted' : 'changed'
}

/** What differs by what was told. A pause that Oore made itself ends when its reason is gone. */
function changesOf(
  ctx: Ctx,
  row: RepositoryRow,
  told: ForgeRepository,
  { connectionId, isReached }: Pick<TakeOptions, 'connectionId' | 'isReached'>,
): Partial<RepositoryRow> {
  const isArchived = told.isArchived ?? row.isArchived
  return {
    externalId: told.externalId,
    connectionId,
    ...namesOf(ctx, told.fullName),
    isPrivate: told.isPrivate,
    isArchived,
    defaultBranch: told.defaultBranch ?? row.defaultBranch,
    forgeUpdatedAt: told.updatedAt ?? row.forgeUpdatedAt,
    ...stateOf(row, isArchived, isReached),
  }
}

function stateOf(
  { state, stateReason }: Pick<RepositoryRow, 'state' | 'stateReason'>,
  isArchived: boolean,
  isReached: boolean,
) {
  const isPausedByPerson = state === 'inactive' && stateReason === null
  const isOutOfReach = stateReason !== null && stateReason !== archivedReason
  if (isPausedByPerson || (isOutOfReach && !isReached)) return { state, stateReason }
  return isArchived
    ? { state: 'inactive' as const, stateReason: archivedReason }
    : { state: 'active' as const, stateReason: null }
}

const isOlder = (told: ForgeRepository, { forgeUpdatedAt }: RepositoryRow): boolean =>
  forgeUpdatedAt !== null && told.updatedAt !== null && told.updatedAt < forgeUpdatedAt

function namesOf({ config }: Ctx, fullName: string) {
  const [owner = '', name = ''] = fullName.split('/')
  return { owner, name, fullName, cloneUrl: new URL(`/${fullName}.git`, config.github.url).href }
}

function newRow(ctx: Ctx, told: ForgeRepository, connectionId: Id): RepositoryRow {
  const now = ctx.clock()
  const isArchived = told.isArchived ?? false
  return {
    id: newId(),
    organizationId: ctx.organizationId,
    provider: 'github',
    instance: githubInstance(ctx),
    externalId: told.externalId,
    connectionId,
    hookExternalId: null,
    isArchived,
    ...namesOf(ctx, told.fullName),
    // Installation events do not tell it; the sync that follows each does.
    defaultBranch: told.defaultBranch ?? 'main',
    isPrivate: told.isPrivate,
    ...stateOf({ state: 'active', stateReason: null }, isArchived, true),
    forgeUpdatedAt: told.updatedAt,
    nextBuildNumber: 1,
    configurationFirst: 'stored',
    forkBuilds: 'ask' as const,
    pullRequestComments: null,
    checksRefusedUntil: null,
    webhookSecretSealed: null,
    previousWebhookSecretSealed: null,
    previousSecretUntil: null,
    signingTokenSealed: null,
    hookVerifiedAt: null,
    hookFailedAt: null,
    hookFailure: null,
    refsKnownAt: null,
    cloneUsername: null,
    clonePasswordSealed: null,
    createdAt: now,
    updatedAt: now,
    removedAt: null,
  }
}

export type Reached = {
  connectionId: Id
  /** All of the connection where it is left out. */
  externalIds?: readonly string[]
  except?: ReadonlySet<string>
  /** Not what changed later: GitHub was asked before that. */
  unchangedSince?: Millis
}

/** Pauses what is not reached any more, and says why. One that a person paused keeps to that. */
export async function pauseRepositories(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  which: Reached,
  reason: string,
): Promise<RepositoryRow[]> {
  const { repositories: r } = schema
  const all = await tx
    .select()
    .from(r)
    .where(and(eq(r.connectionId, which.connectionId), isNull(r.removedAt)))
    .all()
  const gone = all.filter(
    ({ externalId, state, stateReason, updatedAt }) =>
      externalId !== null &&
      (which.externalIds === undefined || which.externalIds.includes(externalId)) &&
      which.except?.has(externalId) !== true &&
      updatedAt <= (which.unchangedSince ?? Infinity) &&
      (state !== 'inactive' || (stateReason !== null && stateReason !== reason)),
  )
  for (const row of gone) {
    await tx
      .update(r)
      .set({ state: 'inactive', stateReason: reason, updatedAt: ctx.clock() })
      .where(eq(r.id, row.id))
    record('repository.changed', row.id, { fields: ['state'], reason })
  }
  return gone
}

/** Ends the pauses that were made for this reason. */
export async function resumeRepositories(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  connectionId: Id,
  reason: string,
): Promise<void> {
  const { repositories: r } = schema
  const resumed = await tx
    .update(r)
    .set({
      state: sql`case when ${r.isArchived} then 'inactive' else 'active' end`,
      stateReason: sql`case when ${r.isArchived} then ${archivedReason} else null end`,
      updatedAt: ctx.clock(),
    })
    .where(and(eq(r.connectionId, connectionId), isNull(r.removedAt), eq(r.stateReason, reason)))
    .returning({ id: r.id })
    .all()
  for (const { id } of resumed) record('repository.changed', id, { fields: ['state'] })
}

/** A repository here by GitHub's number. */
export const findByNumber = (
  ctx: Ctx,
  db: Pick<Writer, 'select'>,
  externalId: string,
): Promise<RepositoryRow | undefined> => {
  const { repositories: r } = schema
  return db
    .select()
    .from(r)
    .where(and(ofGithub(ctx), isNull(r.removedAt), eq(r.externalId, externalId)))
    .get()
}

/** One that was added by hand: GitHub's names are the same in any case of letters. */
function findByName(ctx: Ctx, tx: Writer, fullName: string): Promise<RepositoryRow | undefined> {
  const { repositories: r } = schema
  return tx
    .select()
    .from(r)
    .where(
      and(
        ofGithub(ctx),
        isNull(r.removedAt),
        isNull(r.externalId),
        eq(sql`lower(${r.fullName})`, fullName.toLowerCase()),
      ),
    )
    .get()
}

async function wasRemoved(ctx: Ctx, tx: Writer, externalId: string): Promise<boolean> {
  const { repositories: r } = schema
  const row = await tx
    .select({ id: r.id })
    .from(r)
    .where(and(ofGithub(ctx), isNotNull(r.removedAt), eq(r.externalId, externalId)))
    .get()
  return row !== undefined
}

/**
 * Another that bears this name had it before: it was renamed, or deleted and made anew, and Oore will
 * hear of that, or has not. Its number tells the two apart meanwhile.
 */
async function freeName(ctx: Ctx, tx: Writer, told: ForgeRepository, own: Id): Promise<void> {
  const { repositories: r } = schema
  const ownMark = sql`coalesce(${r.externalId}, substr(${r.id}, -6))`
  await tx
    .update(r)
    .set({
      name: sql`${r.name} || '~' || ${ownMark}`,
      fullName: sql`${r.fullName} || '~' || ${ownMark}`,
    })
    .where(
      and(
        ofGithub(ctx),
        isNull(r.removedAt),
        ne(r.id, own),
        eq(sql`lower(${r.fullName})`, told.fullName.toLowerCase()),
      ),
    )
}

function ofGithub(ctx: Ctx) {
  const { repositories: r } = schema
  return and(
    eq(r.organizationId, ctx.organizationId),
    eq(r.provider, 'github'),
    eq(r.instance, githubInstance(ctx)),
  )
}
