import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { oneLine } from '../../lib/one-line.ts'
import { formatOf } from '../../pipeline/default.ts'
import type { Build } from '../builds/build.ts'
import type { Ctx } from '../ctx.ts'

/** Together they stay below the 255 characters that GitLab gives a name. */
const nameLengthMax = 100

/**
 * What a build's check is called on its commit: `oore/` and the workflow's name, and its id too
 * where its configuration gives that name to another workflow. Required checks are told by this
 * name, so it does not depend on which workflows were started.
 */
export async function contextOf(ctx: Ctx, build: Build): Promise<string> {
  const { commitStatuses: s } = schema
  const kept = await ctx.db.read
    .select({ context: s.context })
    .from(s)
    .where(eq(s.buildId, build.id))
    // Its own came first: one whose configuration has errors may speak for others too.
    .orderBy(s.id)
    .limit(1)
    .get()
  return kept?.context ?? nameOf(build, await workflowsOf(ctx, build))
}

type Named = { id: string; name: string }

function nameOf(
  { workflow, workflowName }: Pick<Build, 'workflow' | 'workflowName'>,
  workflows: readonly Named[],
): string {
  const name = shown(workflowName)
  const others = workflows.filter(({ id }) => id !== workflow)
  const isShared = others.some((other) => shown(other.name) === name)
  return isShared ? `oore/${name} (${shown(workflow)})` : `oore/${name}`
}

/** The checks of the workflows that can be used in the configuration of a build, errors or not. */
export async function soundContexts(ctx: Ctx, build: Build): Promise<Set<string>> {
  const workflows = await workflowsOf(ctx, build)
  return new Set(
    workflows.map(({ id, name }) => nameOf({ workflow: id, workflowName: name }, workflows)),
  )
}

const shown = (text: string): string => oneLine(text, nameLengthMax)

/** The workflows of the configuration that a build was made from. */
async function workflowsOf(ctx: Ctx, build: Build): Promise<Named[]> {
  const { buildPlans: p } = schema
  const row = await ctx.db.read
    .select({ fileName: p.configFileName, content: p.configContent })
    .from(p)
    .where(eq(p.buildId, build.id))
    .get()
  if (!row || row.content === null) return []
  // Of a stored configuration only the text was kept with the build.
  const formats = row.fileName === null ? (['yaml', 'huml'] as const) : [formatOf(row.fileName)]
  for (const format of formats) {
    // A name that could not be looked into is better than a check that is never reported.
    const read = await ctx.reader.read(row.content, format).catch(() => null)
    if (read?.pipeline) return read.pipeline.workflows
  }
  return []
}
