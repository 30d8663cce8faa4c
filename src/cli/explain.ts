import { basename } from 'node:path'
import type { Command } from 'commander'
import { explainEvent } from '../pipeline/decide.ts'
import { happeningOf } from '../pipeline/events.ts'
import type { PipelineEvent, Verdict } from '../pipeline/pipeline.ts'
import { findRoot } from '../runner/local/root.ts'
import { formatNamed, readConfiguration, readWhole } from './configuration.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { printJson, printLine } from './print.ts'
import { isError, printProblems } from './problems.ts'

type Flags = {
  format?: string
  branch?: string
  tag?: string
  pullRequest?: string
  from?: string
  to?: string
  changed: string[]
  since?: string
  label: string[]
  draft?: boolean
  labeled?: boolean
  message?: string
  json?: boolean
}

const collect = (value: string, before: string[]): string[] => [...before, value]

/** `oore pipeline explain`. */
export function addExplainCommand(pipeline: Command): void {
  pipeline
    .command('explain [file]')
    .description('say which workflows an event starts, and why each other one not; asks no server')
    .option('--branch <name>', 'a push to this branch')
    .option('--tag <name>', 'a push of this tag')
    .option('--pull-request <source:target>', 'a pull request between these branches')
    .option('--from <branch>', 'the source of a pull request, with --to')
    .option('--to <branch>', 'the target of a pull request, with --from')
    .option('--label <name>', 'a label of the pull request; may be repeated', collect, [])
    .option('--labeled', 'a label was put on the pull request, which is an event of its own')
    .option('--draft', 'the pull request is a draft')
    .option('--changed <path>', 'a file that was changed; may be repeated', collect, [])
    .option('--since <commit>', 'the files that differ from this commit are those changed')
    .option('--message <text>', 'the message of the newest commit')
    .option('--format <format>', 'how to read the file, else its name decides')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(explainFile)
}

const help = `
Without a file it is the one in the root of this repository.

Examples:
  oore pipeline explain --branch main
  oore pipeline explain --pull-request feature/login:main --since main
  oore pipeline explain --tag v1.4.0 other.yaml`

async function explainFile(file: string | undefined, flags: Flags): Promise<void> {
  const configuration = readConfiguration(file, formatNamed(flags.format))
  const { name } = configuration
  const event = await eventOf(flags)
  const { pipeline, problems } = readWhole(configuration)
  const verdicts = pipeline === null ? [] : explainEvent(pipeline, event, basename(name))
  if (flags.json) {
    const workflows = verdicts.map(({ id, name: called, runs, reason }) => ({
      id,
      name: called,
      runs,
      reason,
    }))
    printJson({ workflows, problems })
  } else {
    printProblems(problems.filter(isError), name, process.stderr)
    for (const verdict of verdicts) printVerdict(verdict)
  }
  if (problems.some(isError)) {
    throw new CallFailed(`${name} has errors.`, exitCodes.failure)
  }
}

function printVerdict({ id, name, runs, reason }: Verdict): void {
  const called = name === id ? id : `${id} (${name})`
  printLine(`${runs ? '✓' : '✗'} ${called} ${runs ? 'runs' : 'does not run'}. ${reason}`)
}

/** What has happened, as the flags tell it. Throws CallFailed where they tell no single event. */
async function eventOf(flags: Flags): Promise<PipelineEvent> {
  const { branch, tag } = flags
  const pair = pullRequestOf(flags)
  const told = [branch, tag, pair].filter((each) => each !== undefined)
  if (told.length !== 1) {
    throw new CallFailed(
      told.length === 0
        ? 'Say what happened: --branch main, --tag v1.0.0 or --pull-request feature:main.'
        : 'Give one of --branch, --tag and --pull-request: each is an event of its own.',
      exitCodes.usage,
    )
  }
  const about = {
    commitMessage: flags.message ?? null,
    changedFiles: await changedFilesOf(flags),
  }
  if (branch !== undefined) return happeningOf({ type: 'push', branch, ...about })
  if (tag !== undefined) return happeningOf({ type: 'tag', tag, ...about })
  const { source = '', target = '' } = pair ?? {}
  return happeningOf({
    type: flags.labeled ? 'pull_request_labeled' : 'pull_request',
    branch: source,
    targetBranch: target,
    draft: flags.draft ?? false,
    labels: flags.label,
    ...about,
  })
}

function pullRequestOf({
  pullRequest,
  from,
  to,
}: Flags): { source: string; target: string } | undefined {
  if (pullRequest === undefined && from === undefined && to === undefined) return undefined
  // A branch has no colon in its name.
  const [source, target, ...rest] = pullRequest?.split(':') ?? [from, to]
  if (source && target && rest.length === 0) return { source, target }
  throw new CallFailed(
    'A pull request has two branches. Write --pull-request feature:main, or --from and --to.',
    exitCodes.usage,
  )
}

/** Null where nobody has said, which is not the same as none. */
async function changedFilesOf({ changed, since }: Flags): Promise<string[] | null> {
  if (since === undefined) return changed.length === 0 ? null : changed
  const root = findRoot('.')
  if (!root.isRepository) {
    throw new CallFailed(
      '--since compares commits, and this is no git repository.',
      exitCodes.usage,
    )
  }
  const { changedSince } = await import('../runner/local/repository.ts')
  return [...new Set([...changed, ...(await changedSince(root.path, since))])]
}
