import type { Id } from '../../lib/ids.ts'
import { makePlan } from '../../pipeline/make-plan.ts'
import type { Workflow } from '../../pipeline/pipeline.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import type { ProfileKind } from '../../signing/apple/profile.ts'
import { may, refused } from '../access/may.ts'
import { knownEnvironment } from '../builds/environment.ts'
import type { Ctx } from '../ctx.ts'
import { findPipeline } from '../pipelines/find.ts'
import { findRepositoryRow } from '../repositories/find.ts'
import { missingGroups } from '../variables/resolve.ts'
import { asksForSigning, chooseSigning } from './choose.ts'
import { OoreError } from '../../lib/errors.ts'

/** What a workflow would be signed with, by name, and what stands in its way. */
export type SigningCheck = {
  /** Null where it is about a bundle identifier alone. */
  workflow: string | null
  /** False where it asks for nothing. */
  signs: boolean
  certificates: string[]
  profiles: string[]
  keystores: string[]
  appStoreKey: string | null
  problems: string[]
  warnings: string[]
}

export type AskedCheck =
  | { of: 'repository'; repositoryId: Id; branch: string | null }
  | { of: 'file'; content: string; format: PipelineFormat; repositoryId: Id | null }
  | { of: 'bundle'; bundleId: string; kind: ProfileKind }

/**
 * The check that a build goes through before it takes a slot, for every workflow of a configuration,
 * or for one bundle identifier. Starts nothing. Throws as findPipeline does, and `invalid` where the
 * configuration cannot be used.
 */
export async function checkSigning(ctx: Ctx, asked: AskedCheck): Promise<SigningCheck[]> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  switch (asked.of) {
    case 'bundle':
      return [await checkBundle(ctx, asked)]
    case 'file': {
      const { pipeline, problems } = await ctx.reader.read(asked.content, asked.format)
      if (pipeline === null) throw unusable(problems.map(({ message }) => message))
      return checkWorkflows(ctx, pipeline.workflows, asked.repositoryId ?? '', null)
    }
    case 'repository': {
      const row = await findRepositoryRow(ctx, asked.repositoryId)
      const branch = asked.branch ?? row.defaultBranch
      const { found } = await findPipeline(ctx, row, { branch })
      if (found.pipeline === null) throw unusable(found.problems.map(({ message }) => message))
      return checkWorkflows(ctx, found.pipeline.workflows, row.id, branch)
    }
    default:
      return asked satisfies never
  }
}

const unusable = (problems: readonly string[]): OoreError =>
  new OoreError('invalid', `The configuration cannot be used: ${problems[0] ?? 'it is empty'}`)

async function checkWorkflows(
  ctx: Ctx,
  workflows: readonly Workflow[],
  repositoryId: Id,
  branch: string | null,
): Promise<SigningCheck[]> {
  const checks: SigningCheck[] = []
  for (const workflow of workflows) {
    const plan = makePlan(workflow)
    const described = {
      id: null,
      number: null,
      repositoryId,
      commitSha: null,
      branch,
      tag: null,
      pullRequestNumber: null,
      pullRequestTarget: null,
      fork: null,
      triggerType: 'manual',
      workflow: workflow.id,
      workflowName: workflow.name,
    }
    const groups = await missingGroups(ctx, repositoryId, plan)
    const environment = await knownEnvironment(ctx, described, plan, {})
    const chosen = named(await chooseSigning(ctx, plan, environment))
    checks.push({
      workflow: workflow.id,
      signs: asksForSigning(plan),
      ...chosen,
      problems: [...(groups?.split('\n') ?? []), ...chosen.problems],
    })
  }
  return checks
}

async function checkBundle(
  ctx: Ctx,
  { bundleId, kind }: Extract<AskedCheck, { of: 'bundle' }>,
): Promise<SigningCheck> {
  const ios = { by: 'bundle' as const, distributionType: kind, bundleIdentifier: bundleId }
  const plan = { signing: { ios, android: [] }, integrations: {} }
  return {
    workflow: null,
    signs: true,
    ...named(await chooseSigning(ctx, plan, { values: {}, shown: {} })),
  }
}

const named = ({
  ios,
  keystores,
  appStoreKey,
  problems,
  warnings,
}: Awaited<ReturnType<typeof chooseSigning>>): Omit<SigningCheck, 'workflow' | 'signs'> => ({
  certificates: ios?.certificates.map(({ held }) => held.name) ?? [],
  profiles: ios?.profiles.map(({ held }) => held.name) ?? [],
  keystores: keystores.map(({ row }) => row.name),
  appStoreKey: appStoreKey?.name ?? null,
  problems,
  warnings,
})
