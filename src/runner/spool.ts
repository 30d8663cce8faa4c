import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { LogFile } from '../lib/log-file.ts'
import type { RunnerEvent, StepPosition } from '../protocol/messages.ts'
import type { BuildOutcome } from '../protocol/outcome.ts'
import type { FoundArtifact, Reporter } from './reporter.ts'

/** A longer sentence is refused by the protocol, and with it the build's end. */
const whyCharsMax = 4000

export type SpoolOptions = {
  directory: string
  /** What is kept of each step's log, as on the server. */
  logBytesMax: number
  clock: Clock
  /** Called whenever there is more to send. */
  onMore: () => void
  /** Called with the first thing that could not be kept, a full disk for instance. */
  onTrouble: (thrown: unknown) => void
}

/**
 * Everything one build has to say, kept until the server has it. Events stay in memory, because a
 * runner that died says nothing of its builds; bytes are on disk, so that the memory stays flat
 * however long the server is away. Neither the claim nor a secret of it is written here.
 */
export type Spool = {
  reporter: Reporter
  artifactsDirectory: string
  /** Where the process groups of the steps are noted. */
  groupsFile: string
  /** Numbered without a gap: `events[n].seq` is n. */
  readonly events: readonly RunnerEvent[]
  /** The logs that are still kept, in the order in which they began. */
  readonly logs: ReadonlyMap<StepPosition, LogFile>
  readonly artifacts: readonly FoundArtifact[]
  /** The last event. */
  finish(outcome: BuildOutcome): void
  /** The server has the whole log of this step. */
  dropLog(position: StepPosition): void
  remove(): Promise<void>
}

/** Where a spool keeps the process groups of its build. */
export const groupsFileIn = (directory: string): string => join(directory, 'groups')

/** An empty spool in `directory`, which is made and belongs to this build alone. */
export function openSpool(options: SpoolOptions): Spool {
  const { directory, logBytesMax, clock, onMore, onTrouble } = options
  const artifactsDirectory = join(directory, 'artifacts')
  const events: RunnerEvent[] = []
  const logs = new Map<StepPosition, LogFile>()
  const artifacts: FoundArtifact[] = []
  const removals = new Set<Promise<void>>()
  let isTroubled = false

  keep(() => mkdirSync(artifactsDirectory, { recursive: true, mode: 0o700 }))

  function keep(write: () => void): void {
    if (isTroubled) return
    try {
      write()
    } catch (thrown) {
      isTroubled = true
      onTrouble(thrown)
    }
  }

  const logDirectory = (position: StepPosition) => join(directory, 'logs', String(position))
  const numbered = () => ({ seq: events.length, at: clock() })

  function openLog(position: StepPosition): LogFile {
    const log = LogFile.open({
      directory: logDirectory(position),
      name: 'log',
      maxBytes: logBytesMax,
    })
    logs.set(position, log)
    return log
  }

  const reporter: Reporter = {
    stepStarted(position) {
      events.push({ type: 'step.started', ...numbered(), position })
      onMore()
    },

    said(position, stream, at, bytes) {
      keep(() => (logs.get(position) ?? openLog(position)).append({ stream, at, bytes }))
      onMore()
    },

    stepFinished(position, outcome, ignored) {
      const log = logs.get(position)
      events.push({
        type: 'step.finished',
        ...numbered(),
        position,
        outcome: clipped(outcome),
        ignored,
        log: {
          stdout_bytes: log?.stdoutBytes ?? 0,
          stderr_bytes: log?.stderrBytes ?? 0,
          truncated: log?.truncated ?? false,
        },
      })
      onMore()
    },

    testsFound(found) {
      events.push({ type: 'tests.found', ...numbered(), ...found })
      onMore()
    },

    artifactFound(artifact) {
      artifacts.push(artifact)
      const { index, name, path, sizeBytes, sha256 } = artifact
      events.push({
        type: 'artifact.found',
        ...numbered(),
        index,
        name,
        path,
        size_bytes: sizeBytes,
        sha256,
      })
      onMore()
    },
  }

  return {
    reporter,
    artifactsDirectory,
    groupsFile: groupsFileIn(directory),
    events,
    logs,
    artifacts,

    finish(outcome) {
      events.push({ type: 'build.finished', ...numbered(), outcome: clipped(outcome) })
      onMore()
    },

    dropLog(position) {
      const log = logs.get(position)
      if (!log) return
      log.close()
      logs.delete(position)
      // Not LogFile.remove(): to unlink a large file takes long, and other builds are speaking.
      const removal = removeAll(logDirectory(position)).finally(() => removals.delete(removal))
      removals.add(removal)
    },

    async remove() {
      for (const log of logs.values()) log.close()
      logs.clear()
      await Promise.all(removals)
      await removeAll(directory)
    },
  }
}

const clipped = <Outcome extends object>(outcome: Outcome): Outcome =>
  'why' in outcome && typeof outcome.why === 'string' && outcome.why.length > whyCharsMax
    ? { ...outcome, why: `${outcome.why.slice(0, whyCharsMax - 1)}…` }
    : outcome

// A directory that cannot be removed now is removed at the next start.
const removeAll = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true }).catch(() => {})
