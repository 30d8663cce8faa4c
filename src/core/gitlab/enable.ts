import { and, eq, inArray, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import { type Id, isId, newId } from '../../lib/ids.ts'
import type { Secret } from '../../lib/secret.ts'
import {
  findProject,
  type HookWish,
  listHooks,
  putHook,
  removeHook,
} from '../../scm/gitlab/instance/api.ts'
import { GitlabRefused, instanceName } from '../../scm/gitlab/instance/call.ts'
import {
  type GitlabHook,
  type GitlabProject,
  levelName,
  maintainerLevel,
} from '../../scm/gitlab/instance/read.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import { checkRefName } from '../../scm/git/refs.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findRepositoryRow, repositoryOf } from '../repositories/find.ts'
import type { Repository } from '../repositories/repository.ts'
import { sealedPlace } from '../repositories/source.ts'
import { type Asking, asking, cloneUrlOf } from './ask.ts'
import { requireGitlabRow } from './find.ts'
import { secretsOf } from './hook-secrets.ts'
import { hookWishOf } from './hook-wish.ts'
import { findProjectRow, freeName, toldOf } from './repository-row.ts'

export type ProjectChoice = { instance: string | null; projectId: string }

export type Enabled = {
  repository: Repository
  /** Was the webhook made, or was one found that led here already? */
  hook: 'made' | 'adopted'
  /** Does GitLab sign what it sends, besides sending the secret? */
  isSigned: boolean
}

/**
 * Enables a project: its webhook is made or adopted, and the repository added or adopted, by
 * GitLab's number of it. Enabled again it is brought in order. Throws OoreError `conflict` for an
 * archived project that is not confirmed, `forbidden` below the role Maintainer, and as `asking`;
 * then nothing is half-done, or the sentence says what is.
 */
export async function enableProject(
  ctx: Ctx,
  choice: ProjectChoice,
  { confirmArchived }: { confirmArchived: boolean },
): Promise<Enabled> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const { id } = await requireGitlabRow(ctx, choice.instance)
  const projectId = checkProjectId(choice.projectId)
  return oneAtATime(`gitlab ${id} ${projectId}`, () =>
    asking(ctx, id, (at) => enable(ctx, at, projectId, confirmArchived)),
  )
}

/** GitLab's number of a project. Throws OoreError `not_found`. */
export function checkProjectId(text: string): string {
  if (/^[1-9]\d{0,15}$/.test(text)) return text
  throw new OoreError(
    'not_found',
    `${JSON.stringify(text.slice(0, 40))} is not the number of a project. oore gitlab projects lists them.`,
  )
}

async function enable(
  ctx: Ctx,
  at: Asking,
  projectId: string,
  confirmArchived: boolean,
): Promise<Enabled> {
  const { row, host, token } = at
  const project = await findProject(host, token, projectId).catch((error: unknown) => {
    throw notThere(error, projectId)
  })
  checkMayBeEnabled(project, confirmArchived)
  // What git would refuse is refused before anything is made.
  ctx.scm('gitlab').readCloneUrl(cloneUrlOf(row, project.fullName), {
    local: ctx.config.allowLocalRepositories,
  })
  if (project.defaultBranch !== null) checkRefName(project.defaultBranch, 'default_branch')
  const known = await findProjectRow(ctx, ctx.db.read, row, project)
  const id = known?.id ?? newId()
  const secrets = secretsOf(ctx, known)
  const found = await ourHook(ctx, at, projectId, id)
  const hook = await put(at, projectId, found?.id ?? null, hookWishOf(ctx, id, secrets))
  try {
    const repository = await keep(ctx, at, project, { id, hook, ...secrets })
    return { repository, hook: found ? 'adopted' : 'made', isSigned: hook.isSigning }
  } catch (error) {
    if (!found) await takeBack(at, project, hook, error)
    throw error
  }
}

const notThere = (error: unknown, projectId: string): unknown =>
  error instanceof GitlabRefused && error.status === 404
    ? new OoreError(
        'not_found',
        `GitLab shows no project ${projectId} to whoever authorized Oore: it is not there, or they are no member of it.`,
        { cause: error },
      )
    : error

function checkMayBeEnabled(project: GitlabProject, confirmArchived: boolean): void {
  const { fullName, accessLevel, isArchived } = project
  if (accessLevel !== null && accessLevel < maintainerLevel) {
    throw new OoreError(
      'forbidden',
      `Whoever authorized Oore is ${levelName(accessLevel)} of ${fullName}; making its webhook takes the role Maintainer. Ask an owner of the project for it, or authorize as somebody who has it.`,
    )
  }
  if (isArchived && !confirmArchived) {
    throw new OoreError(
      'conflict',
      `${fullName} is archived on GitLab: nothing is pushed there, and builds cannot be told of. Confirm with confirm_archived that you want it all the same.`,
    )
  }
}

/**
 * The webhook of a project that leads here: to this repository, or to one that is not there, as
 * after a server that was killed in between. Further ones of that kind are removed.
 */
async function ourHook(
  ctx: Ctx,
  { host, token }: Asking,
  projectId: string,
  id: Id,
): Promise<GitlabHook | undefined> {
  const base = new URL('/api/webhooks/gitlab/', ctx.config.baseUrl).href
  const hooks = (await listHooks(host, token, projectId)).filter(({ url }) => url.startsWith(base))
  const idIn = ({ url }: GitlabHook) => url.slice(base.length)
  const alive = await livingRepositories(ctx, hooks.map(idIn).filter(isId))
  const ours = hooks.filter((hook) => idIn(hook) === id || !alive.has(idIn(hook)))
  const [first, ...others] = ours.toSorted(
    (a, b) => Number(idIn(b) === id) - Number(idIn(a) === id),
  )
  for (const other of others) await removeHook(host, token, projectId, other.id)
  return first
}

async function livingRepositories(ctx: Ctx, ids: readonly Id[]): Promise<Set<Id>> {
  const { repositories: r } = schema
  if (ids.length === 0) return new Set()
  const rows = await ctx.db.read
    .select({ id: r.id })
    .from(r)
    .where(and(inArray(r.id, [...ids]), isNull(r.removedAt)))
    .all()
  return new Set(rows.map((row) => row.id))
}

async function put(
  { host, token }: Asking,
  projectId: string,
  hookId: string | null,
  wish: HookWish,
) {
  try {
    return await putHook(host, token, projectId, hookId, wish)
  } catch (error) {
    if (!(error instanceof GitlabRefused) || (error.status !== 422 && error.status !== 400)) {
      throw error
    }
    throw new OoreError(
      'conflict',
      `GitLab takes no webhook to ${wish.url} (${error.words}). It must be an address that GitLab may call: set OORE_BASE_URL to it, or let an administrator of ${instanceName(host.url)} allow it under Admin → Settings → Network → Outbound requests.`,
      { cause: error },
    )
  }
}

type Kept = ReturnType<typeof secretsOf> & { id: Id; hook: GitlabHook }

async function keep(
  ctx: Ctx,
  { row }: Asking,
  project: GitlabProject,
  { id, hook, secret, signingToken }: Kept,
): Promise<Repository> {
  const { repositories: r } = schema
  const now = ctx.clock()
  const told = toldOf(row, project)
  const seal = (value: Secret, column: 'webhook_secret' | 'signing_token') =>
    ctx.keyring.seal(value, sealedPlace(id, column))
  const values = {
    ...told,
    connectionId: row.id,
    hookExternalId: hook.id,
    webhookSecretSealed: seal(secret, 'webhook_secret'),
    signingTokenSealed: hook.isSigning ? seal(signingToken, 'signing_token') : null,
    state: 'active' as const,
    stateReason: null,
    updatedAt: now,
  }
  await change(ctx, async (tx, record) => {
    await freeName(ctx, tx, row, told.fullName, id)
    const known = await tx
      .update(r)
      .set(values)
      .where(and(eq(r.id, id), isNull(r.removedAt)))
      .returning({ id: r.id })
      .get()
    if (known) {
      record('repository.changed', id, { fields: ['connection'], full_name: told.fullName })
      return
    }
    await tx.insert(r).values({
      ...values,
      id,
      organizationId: ctx.organizationId,
      provider: 'gitlab',
      defaultBranch: told.defaultBranch ?? 'main',
      nextBuildNumber: 1,
      createdAt: now,
    })
    record('repository.added', id, { full_name: told.fullName, via: 'gitlab' })
  })
  return repositoryOf(await findRepositoryRow(ctx, id))
}

/** A webhook that leads to nothing is taken away again, or said plainly to be there. */
async function takeBack(
  { host, token }: Asking,
  project: GitlabProject,
  hook: GitlabHook,
  cause: unknown,
): Promise<void> {
  try {
    await removeHook(host, token, project.id, hook.id)
  } catch (error) {
    throw new OoreError(
      'conflict',
      `${project.fullName} could not be added (${messageOf(cause)}), and its webhook ${hook.id} is left on GitLab, because removing it failed too (${messageOf(error)}). Enable the project again, or remove the webhook there.`,
      { cause },
    )
  }
}
