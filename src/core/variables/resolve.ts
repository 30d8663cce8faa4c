import { and, asc, eq, inArray, isNull, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { compileGlob } from '../../lib/glob.ts'
import type { Id } from '../../lib/ids.ts'
import { nearest } from '../../pipeline/nearest.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { allowanceOf } from '../builds/trust.ts'
import type { BuildRow } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { type GroupRow, valueOf, type VariableRow } from './find.ts'

/** What is stored for one build. */
export type ResolvedVariables = {
  /** In the end one value for each name. */
  variables: Record<string, string>
  /** The values that no log may show. */
  masks: string[]
  /** The names of those. */
  secret: string[]
  /** Those that were used, to be noted. */
  used: Id[]
  /** How many it went without, because it is of a fork. */
  withheld: number
}

type For = Pick<BuildRow, 'repositoryId' | 'branch' | 'tag' | 'pullRequestNumber' | 'fork'>
type Asked = Pick<Plan, 'groups' | 'environmentName'>

/**
 * The variables of a build, the stronger over the weaker: those of the organization for every build,
 * of its groups in the order that the file names them, then the same of the repository (decision
 * 0023; codemagic-yaml.md 3.3). Of several of one name in one group the most narrowly meant counts.
 */
export async function resolveVariables(
  ctx: Ctx,
  build: For,
  plan: Asked,
): Promise<ResolvedVariables> {
  const groups = await groupsFor(ctx, build.repositoryId, plan)
  const rows = await rowsIn(ctx, groups)
  const { secrets: mayHaveSecrets } = allowanceOf(build)
  const chosen = new Map<string, VariableRow>()
  let withheld = 0
  for (const group of groups) {
    const own = rows.filter(({ groupId }) => groupId === group.id)
    for (const row of narrowed(own, build, plan.environmentName)) {
      if (!mayHaveSecrets && (row.isSecret || row.isProtected)) withheld += 1
      else chosen.set(row.name, row)
    }
  }
  const resolved: ResolvedVariables = { variables: {}, masks: [], secret: [], used: [], withheld }
  for (const [name, row] of chosen) {
    const value = valueOf(ctx, row)
    resolved.variables[name] = value
    resolved.used.push(row.id)
    if (!row.isSecret) continue
    resolved.masks.push(value)
    resolved.secret.push(name)
  }
  return resolved
}

/** The groups that count, the weakest first. */
async function groupsFor(ctx: Ctx, repositoryId: Id, { groups }: Asked): Promise<GroupRow[]> {
  const { variableGroups: g } = schema
  const rows = await ctx.db.read
    .select()
    .from(g)
    .where(
      and(
        eq(g.organizationId, ctx.organizationId),
        or(isNull(g.repositoryId), eq(g.repositoryId, repositoryId)),
        inArray(g.name, ['', ...groups]),
      ),
    )
    .all()
  const place = ({ name, repositoryId: of }: GroupRow): number =>
    (of === null ? 0 : groups.length + 1) + (name === '' ? 0 : 1 + groups.lastIndexOf(name))
  return rows.toSorted((one, other) => place(one) - place(other))
}

function rowsIn(ctx: Ctx, groups: readonly GroupRow[]): Promise<VariableRow[]> {
  const { variables: v } = schema
  const ids = groups.map(({ id }) => id)
  return ctx.db.read.select().from(v).where(inArray(v.groupId, ids)).orderBy(asc(v.id)).all()
}

/** Those that are meant for this build; of one name the most narrowly meant comes last. */
function narrowed(
  rows: readonly VariableRow[],
  { branch, tag }: For,
  environment: string | null,
): VariableRow[] {
  const ref = branch ?? tag ?? ''
  const breadth = (row: VariableRow): number =>
    (row.environment === '' ? 0 : 2) + (row.branchPattern === '' ? 0 : 1)
  return rows
    .filter(
      (row) =>
        (row.environment === '' || row.environment === environment) &&
        (row.branchPattern === '' || matches(row.branchPattern, ref)),
    )
    .toSorted((one, other) => breadth(one) - breadth(other))
}

/** As the patterns of triggers do. */
const matches = (pattern: string, ref: string): boolean =>
  compileGlob(pattern, { crossesSlash: true, leadingNot: true })(ref)

/** Why a build lacks variables that it asks for: a sentence for a group that is nowhere, or null. */
export async function missingGroups(
  ctx: Ctx,
  repositoryId: Id,
  { groups }: Pick<Plan, 'groups'>,
): Promise<string | null> {
  if (groups.length === 0) return null
  const { variableGroups: g } = schema
  const rows = await ctx.db.read
    .select({ name: g.name })
    .from(g)
    .where(
      and(
        eq(g.organizationId, ctx.organizationId),
        or(isNull(g.repositoryId), eq(g.repositoryId, repositoryId)),
      ),
    )
    .all()
  const known = rows.flatMap(({ name }) => (name === '' ? [] : [name]))
  const missing = groups.filter((name) => !known.includes(name))
  if (missing.length === 0) return null
  return missing
    .map((name) => {
      const near = nearest(name, known)
      const meant = near === null ? '' : ` Did you mean "${near}"?`
      return `There is no variable group "${name}", which environment.groups names.${meant} Make it under Settings → Variables, or with: oore group add "${name}"`
    })
    .join('\n')
}

/** Remembers which build has used them last. */
export async function noteVariableUse(ctx: Ctx, buildId: Id, ids: readonly Id[]): Promise<void> {
  if (ids.length === 0) return
  const { variables: v } = schema
  await ctx.db.write(async (tx) => {
    await tx
      .update(v)
      .set({ lastUsedAt: ctx.clock(), lastUsedBuildId: buildId })
      .where(inArray(v.id, [...ids]))
  })
}
