import { join, relative, resolve } from 'node:path'
import { localTimeLimits, wantsColours } from '../../config.ts'
import { monotonicClock } from '../../lib/clock.ts'
import { durationText } from '../../lib/sizes.ts'
import { configFileNames, formatOf } from '../../pipeline/default.ts'
import { makePlan } from '../../pipeline/make-plan.ts'
import type { BuildOutcome } from '../../protocol/outcome.ts'
import type { LocalSource } from '../../runner/local/get-code.ts'
import { fileAt, filesAt, findCommit, isIgnored } from '../../runner/local/repository.ts'
import { findRoot, type LocalRoot } from '../../runner/local/root.ts'
import { graceMs, type LocalEnd, runLocally } from '../../runner/local/run.ts'
import {
  type Configuration,
  formatNamed,
  noConfiguration,
  readConfiguration,
} from '../configuration.ts'
import { CallFailed, exitCodes } from '../exit.ts'
import { plain, printLine } from '../print.ts'
import type { RunFlags } from '../run.ts'
import { chooseWorkflow } from './choose.ts'
import { listenForInterrupts } from './interrupts.ts'
import { artifactLines, printBuild } from './terminal.ts'
import { secretsFileName, givenVariables, groupsText, signingText } from './variables.ts'

/**
 * Runs one workflow on this machine and prints it. Throws CallFailed, with an exit code of its
 * own, where the build was not begun, did not succeed or was ended.
 */
export async function runWorkflow(
  wanted: string | undefined,
  flags: RunFlags,
  beforeLeaving: (work: () => Promise<unknown>) => void,
): Promise<void> {
  const root = findRoot('.')
  const source = await sourceOf(root, flags.commit)
  const configuration = await configurationOf(source, flags)
  const workflow = chooseWorkflow(configuration, wanted, flags.input)
  const { variables, masks, file } = await givenVariables(root, flags.secretsFile, flags.var)
  const { maxBuildMs, maxStepMs } = localTimeLimits()
  const plan = makePlan(workflow)
  const artifactsDir = resolve(flags.artifacts)
  const terminal = {
    stdout: process.stdout,
    stderr: process.stderr,
    hasColours: wantsColours(process.stdout.isTTY),
  }

  const interrupts = listenForInterrupts(() => say(ending))
  const about = groupsText(plan.groups, file)
  if (about !== null) say(about)
  const unsigned = signingText(plan)
  if (unsigned !== null) say(unsigned)
  const printer = printBuild(plan, terminal)
  const startedAt = monotonicClock()
  const running = runLocally({
    plan,
    source,
    variables,
    masks,
    limits: { buildMs: maxBuildMs, stepMs: maxStepMs },
    artifactsDir,
    leftOut: [artifactsDir, join(root.path, secretsFileName), file].filter(isBelow(root.path)),
    keep: flags.keep ?? false,
    reporter: printer.reporter,
    signal: interrupts.signal,
    killSignal: interrupts.killSignal,
  }).finally(interrupts.stopListening)
  // Where nobody reads what the build says, it has nothing to run for.
  beforeLeaving(() => {
    interrupts.end()
    return running
  })

  const end = await running
  const { outcome, artifactsTrouble } = end
  printer.summarize()
  await tellWhatIsLeft(root, end, artifactsDir)
  if (outcome.is !== 'success') {
    if (artifactsTrouble !== null) say(artifactsTrouble)
    throw new CallFailed(
      `${plan.workflow.name} ${endText(outcome)}`,
      interrupts.exitCode() ?? exitCodes.buildFailed,
    )
  }
  const took = durationText(monotonicClock() - startedAt)
  printLine(`${plan.workflow.name} succeeded after ${took}.`)
  if (artifactsTrouble !== null) throw new CallFailed(artifactsTrouble, exitCodes.failure)
}

async function tellWhatIsLeft(
  root: LocalRoot,
  { artifacts, artifactsTrouble, workspace }: LocalEnd,
  artifactsDir: string,
): Promise<void> {
  if (workspace !== null) printLine(`The workspace is in ${workspace}`)
  if (artifacts.length === 0 || artifactsTrouble !== null) return
  const shown = relative('.', artifactsDir) || '.'
  for (const line of artifactLines(artifacts, shown)) printLine(line)
  if (!root.isRepository) return
  if ((await isIgnored(root.path, join(artifactsDir, 'any'))) !== false) return
  // Artifacts have no place in commits.
  const line = `/${relative(root.path, artifactsDir)}/`
  if (line !== '//') say(`Git does not ignore the artifacts. Add this line to .gitignore: ${line}`)
}

/** Artifacts may be put into the root itself, and then the root is not left out. */
const isBelow = (root: string) => (path: string) => path.startsWith(`${root}/`)

const ending =
  `Ending the build: what runs has ${graceMs / 1000} seconds to end. ` +
  'Ctrl-C again kills it at once.'

const say = (text: string): void => void process.stderr.write(`oore: ${plain(text)}\n`)

async function sourceOf(root: LocalRoot, commit: string | undefined): Promise<LocalSource> {
  const { path, isRepository } = root
  if (commit === undefined) {
    return { is: isRepository ? 'work_tree' : 'directory', root: path }
  }
  if (isRepository) return { is: 'commit', root: path, at: await findCommit(path, commit) }
  throw new CallFailed(`--commit needs a git repository, and ${path} is in none.`, exitCodes.usage)
}

/** The configuration of what is built: that of the commit, where one was named. */
async function configurationOf(source: LocalSource, flags: RunFlags): Promise<Configuration> {
  const format = formatNamed(flags.format)
  if (source.is !== 'commit' || flags.file !== undefined) {
    return readConfiguration(flags.file, format)
  }
  const { root, at } = source
  for (const name of configFileNames) {
    const content = await fileAt(root, at.commit, name)
    if (content !== null) return { name, content, format: format ?? formatOf(name) }
  }
  throw noConfiguration(`commit ${at.commit.slice(0, 12)}`, await filesAt(root, at.commit))
}

function endText(outcome: Exclude<BuildOutcome, { is: 'success' }>): string {
  switch (outcome.is) {
    case 'cancelled':
      return 'was ended before it was done.'
    case 'failed':
    case 'timed_out':
      return `failed. ${outcome.why}`
    case 'broken':
      return `could not be carried out. ${outcome.why}`
    default:
      return outcome satisfies never
  }
}
