import { sql } from 'drizzle-orm'
import { monotonicFactory } from 'ulid'
import type { Millis } from '../lib/clock.ts'
import { type Database, type Writer, schema } from './client.ts'
import { defaultOrganizationId } from './schema/organizations.ts'
import type { BuildStatus, TriggerType } from './schema/words.ts'

/** How many rows one INSERT carries: below SQLite's limit of 32,766 values. */
const rowsPerInsert = 1000
const betweenBuildsMs = 60_000
const stepMs = 5000

const branches = ['main', 'develop', 'release/2.4', 'feature/sign-in', 'fix/crash-on-start']
const workflows = ['android', 'ios', 'tests']
const triggers: TriggerType[] = ['push', 'push', 'push', 'manual', 'api']
const statuses: BuildStatus[] = ['success', 'success', 'success', 'failure', 'cancelled']
const messages = [
  'Keep the session when the app goes to the background',
  'Ask for the camera only when it is needed',
  'Update the translations',
  'Fix the crash when the list is empty',
]
const steps = [
  'Get the code',
  'Install packages',
  'Run the tests',
  'Build the app',
  'Collect files',
]

/**
 * Fills a database with finished builds, the newest one at `now`, for benchmarks and for looking
 * at long lists. Everything happens in one transaction. Returns the ids, oldest first.
 */
export async function seedBuilds(
  db: Database,
  amount: { repositories: number; builds: number; now: Millis },
): Promise<{ repositoryIds: string[]; buildIds: string[] }> {
  const nextId = monotonicFactory()
  const firstAt = amount.now - amount.builds * betweenBuildsMs
  const repositoryIds = Array.from({ length: amount.repositories }, () => nextId(firstAt))
  const rows = Array.from({ length: amount.builds }, (_, at) =>
    buildRow(nextId, repositoryIds, at, firstAt + at * betweenBuildsMs),
  )
  await db.write(async (tx) => {
    const perRepository = Math.ceil(amount.builds / amount.repositories)
    await tx
      .insert(schema.repositories)
      .values(repositoryIds.map((id, at) => repositoryRow(id, at, firstAt, perRepository + 1)))
    for (let from = 0; from < rows.length; from += rowsPerInsert) {
      await tx.insert(schema.builds).values(rows.slice(from, from + rowsPerInsert))
    }
    await addStepsAndPlans(tx)
  })
  return { repositoryIds, buildIds: rows.map((row) => row.id) }
}

function repositoryRow(id: string, at: number, createdAt: Millis, nextBuildNumber: number) {
  const name = `app-${at + 1}`
  return {
    id,
    organizationId: defaultOrganizationId,
    provider: 'git' as const,
    owner: 'mobile',
    name,
    fullName: `mobile/${name}`,
    cloneUrl: `https://git.example.com/mobile/${name}.git`,
    defaultBranch: 'main',
    isPrivate: true,
    state: 'active' as const,
    nextBuildNumber,
    createdAt,
    updatedAt: createdAt,
  }
}

function buildRow(
  nextId: (at: Millis) => string,
  repositoryIds: readonly string[],
  at: number,
  queuedAt: Millis,
) {
  const status = pick(statuses, at)
  const workflow = pick(workflows, at)
  const durationMs = 40_000 + ((at * 7919) % 400_000)
  const startedAt = queuedAt + 900
  return {
    id: nextId(queuedAt),
    organizationId: defaultOrganizationId,
    repositoryId: pick(repositoryIds, at),
    number: Math.floor(at / repositoryIds.length) + 1,
    workflow,
    workflowName: workflow,
    status,
    failureKind: status === 'failure' ? ('step' as const) : null,
    errorMessage: status === 'failure' ? 'The step "Run the tests" ended with exit code 1.' : null,
    triggerType: pick(triggers, at),
    branch: pick(branches, at * 3),
    commitSha: (at * 2_654_435_761).toString(16).padStart(40, '0'),
    commitMessage: pick(messages, at),
    commitAuthor: 'Ada Lovelace',
    configSource: 'repository' as const,
    priority: 3 as const,
    labels: [],
    queuedAt,
    startedAt,
    finishedAt: startedAt + durationMs,
    durationMs,
    workspaceRemovedAt: startedAt + durationMs,
  }
}

const pick = <T>(from: readonly T[], at: number): T => from[at % from.length] as T

/** Half a million rows are made inside the database; sending them one by one takes ten times longer. */
async function addStepsAndPlans(tx: Writer): Promise<void> {
  const { builds } = schema
  for (const [position, name] of steps.entries()) {
    const kind = position === 0 ? 'setup' : position === steps.length - 1 ? 'finish' : 'script'
    await tx.insert(schema.steps).select(
      tx
        .select({
          buildId: builds.id,
          position: literal(position, 'position'),
          kind: literal(kind, 'kind'),
          name: literal(name, 'name'),
          status: literal('success', 'status'),
          exitCode: literal(0, 'exit_code'),
          signal: literal(null, 'signal'),
          ignoredFailure: literal(0, 'ignored_failure'),
          errorMessage: literal(null, 'error_message'),
          startedAt: sql`${builds.startedAt} + ${position * stepMs}`.as('started_at'),
          finishedAt: sql`${builds.startedAt} + ${(position + 1) * stepMs}`.as('finished_at'),
          stdoutBytes: literal(0, 'stdout_bytes'),
          stderrBytes: literal(0, 'stderr_bytes'),
          logTruncated: literal(0, 'log_truncated'),
        })
        .from(builds),
    )
  }
  await tx.insert(schema.buildPlans).select(
    tx
      .select({
        buildId: builds.id,
        plan: literal(JSON.stringify(plan), 'plan'),
        configFileName: literal(null, 'config_file_name'),
        configContent: literal(null, 'config_content'),
        counters: literal('{}', 'counters'),
      })
      .from(builds),
  )
}

const literal = (value: string | number | null, name: string) => sql`${value}`.as(name)

const plan = {
  version: 1,
  workflow: { id: 'tests', name: 'tests' },
  workingDirectory: null,
  maxBuildDurationMs: null,
  vars: [],
  steps: [],
  artifacts: [],
  cancelPreviousBuilds: false,
}
