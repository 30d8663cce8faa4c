import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { steadyClock } from '../../lib/clock.ts'
import { newId } from '../../lib/ids.ts'
import type { Plan } from '../../pipeline/plan.ts'
import type { Claim } from '../../protocol/messages.ts'
import type { BuildOutcome } from '../../protocol/outcome.ts'
import { builtInVariables, inputVariables } from '../../protocol/variables.ts'
import { execute } from '../execute.ts'
import { livingGroups } from '../groups-file.ts'
import { dropInheritance } from '../inheritance.ts'
import type { FoundArtifact, Reporter } from '../reporter.ts'
import { thisMachine } from '../signing/machine.ts'
import { endProcesses } from '../sweep.ts'
import { workspaceOf } from '../workspace.ts'
import { putArtifacts } from './artifacts.ts'
import { getLocalCode, type LocalSource } from './get-code.ts'
import { type LocalCommit, readHead, readOrigin } from './repository.ts'

/** Between the polite signal and the one that cannot be refused; as on the server. */
export const graceMs = 10_000

export type LocalRun = {
  plan: Plan
  source: LocalSource
  /** They win over those of the workflow, whose own values may refer to them. */
  variables: Readonly<Record<string, string>>
  /** Texts that must never be printed. */
  masks: readonly string[]
  limits: { buildMs: number; stepMs: number }
  /** Where the artifacts are put; only files of their names are replaced. */
  artifactsDir: string
  /** Paths that do not belong to the code. */
  leftOut: readonly string[]
  /** Leave the workspace where it is. */
  keep: boolean
  reporter: Reporter
  /** Ends the build: TERM, grace, KILL. */
  signal: AbortSignal
  /** Ends the grace of that at once. */
  killSignal: AbortSignal
}

export type LocalEnd = {
  outcome: BuildOutcome
  artifacts: FoundArtifact[]
  /** Why they are not where they belong, in a sentence; null where they are. */
  artifactsTrouble: string | null
  /** Where the workspace was kept. */
  workspace: string | null
}

/**
 * Runs a plan on this machine as a runner would, without a server: on a copy of the code, in a
 * workspace below the system's temporary directory. Nothing of the build is left afterwards but its
 * artifacts. What a build can run into is its outcome; throws where this
 * machine has no room for a workspace, or no git for a repository.
 */
export async function runLocally(run: LocalRun): Promise<LocalEnd> {
  dropInheritance()
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'oore-run-')))
  const buildId = newId()
  const copiesDir = join(directory, 'artifacts')
  const groupsFile = join(directory, 'groups')
  const artifacts: FoundArtifact[] = []
  const killNow = () => void killAll(buildId, groupsFile)
  run.killSignal.addEventListener('abort', killNow)
  try {
    await mkdir(copiesDir)
    const outcome = await execute({
      claim: await claimOf(run, buildId),
      reporter: {
        ...run.reporter,
        artifactFound(found) {
          artifacts.push(found)
          run.reporter.artifactFound(found)
        },
      },
      workspacesDir: directory,
      artifactsDir: copiesDir,
      groupsFile,
      signal: run.signal,
      clock: steadyClock(),
      checkout: getLocalCode(run.source, run.leftOut),
      // No build before this one is known, so every file counts as changed.
      changes: async () => null,
      signingPlace: {
        journals: join(directory, 'signing'),
        machine: thisMachine(),
        warn: () => {}, // The build's own log says it too.
      },
    })
    const artifactsTrouble = await putArtifacts(artifacts, run.artifactsDir)
    const { root } = workspaceOf(directory, buildId)
    const workspace = run.keep && existsSync(root) ? root : null
    return { outcome, artifacts, artifactsTrouble, workspace }
  } finally {
    run.killSignal.removeEventListener('abort', killNow)
    if (!run.keep) await removeAll(directory)
  }
}

async function killAll(buildId: string, groupsFile: string): Promise<void> {
  const groups = await livingGroups(groupsFile)
  await endProcesses({ buildId, groups, pipes: [], first: null }, 0)
}

async function claimOf(run: LocalRun, buildId: string): Promise<Claim> {
  const { plan, source, limits } = run
  const at = await commitOf(source)
  const { root } = source
  const origin = source.is === 'directory' ? null : await readOrigin(root)
  const build = {
    id: buildId,
    number: 1,
    repositoryId: null,
    commitSha: at?.commit ?? null,
    branch: at?.branch ?? null,
    tag: at?.tag ?? null,
    pullRequestNumber: null,
    pullRequestTarget: null,
    triggerType: 'manual',
    workflow: plan.workflow.id,
    workflowName: plan.workflow.name,
  }
  return {
    build_id: buildId,
    fence: 1,
    plan: { ...plan, groups: [], vars: plan.vars.filter(({ name }) => !(name in run.variables)) },
    trust: { is: 'own' },
    // What there is of it is asked of the work tree itself.
    checkout: {
      clone_url: root,
      commit: at?.commit ?? '',
      ref: null,
      approved_commit: null,
      credential: null,
      allow_local: true,
    },
    environment: {
      ...builtInVariables(build, origin?.fullName ?? null, null),
      ...inputVariables(plan.inputs),
      BUILD_NUMBER: '1',
      PROJECT_BUILD_NUMBER: '1',
      ...run.variables,
    },
    variables: {},
    signing: { ios: null, android: [] },
    warnings: [],
    masks: [...run.masks],
    limits: {
      build_ms: plan.maxBuildDurationMs ?? limits.buildMs,
      step_ms: limits.stepMs,
      // A terminal has no end; the executor leaves this limit to whoever keeps the log.
      log_bytes: Number.MAX_SAFE_INTEGER,
      grace_ms: graceMs,
    },
  }
}

function commitOf(source: LocalSource): LocalCommit | null | Promise<LocalCommit | null> {
  if (source.is === 'directory') return null
  return source.is === 'commit' ? source.at : readHead(source.root)
}

/** Also what a build has made unwritable, as Go's module cache does. */
async function removeAll(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    await makeWritable(directory)
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function makeWritable(directory: string): Promise<void> {
  await chmod(directory, 0o700)
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(directory, entry.name))
  }
}
