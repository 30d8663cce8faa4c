import { createWriteStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { InvalidArgumentError } from 'commander'
import { durationText, sizeText } from '../lib/sizes.ts'
import { addApprovalCommands } from './approve.ts'
import { call, type Connection, open } from './client.ts'
import { addInstallLinkCommand } from './install-link.ts'
import { type LogQuery, printLog } from './logs.ts'
import type { Program } from './main.ts'
import { plain, printFields, printJson, printLine, printTable } from './print.ts'
import { printAnswers } from './answers.ts'
import { addTestsCommand } from './tests.ts'
import { type Watched, watchBuilds } from './watch.ts'

/** One more `id=value` of a workflow's inputs; the server knows of which type each is. */
function inputPair(pair: string, before: Record<string, string> = {}): Record<string, string> {
  const [, id, value = ''] = /^([^=]+)=([^]*)$/.exec(pair) ?? []
  if (id === undefined) throw new InvalidArgumentError('Write -i id=value.')
  return { ...before, [id]: value }
}

type Step = { index: number; name: string; status: string; duration_ms: number | null }
type Artifact = { name: string; size_bytes: number; sha256: string }
type Build = Watched & {
  repository: string
  branch: string | null
  commit_sha: string
  from_fork: boolean
  fork: string | null
  failure_kind: string | null
  duration_ms: number | null
  pre_clone_steps: Step[]
  steps: Step[]
  artifacts: Artifact[]
}

type TriggerOptions = {
  branch?: string
  commit?: string
  workflow?: string
  input?: Record<string, string>
  watch?: boolean
}

/** `oore build …`. */
export function addBuildCommands({ command, connection }: Program): void {
  const build = command.command('build').description('builds')

  build
    .command('list')
    .description('the newest builds')
    .option('--repository <id>')
    .option('--status <status>')
    .option('--branch <name>')
    .option('--limit <n>', 'at most 200', '20')
    .option('--json', 'print JSON')
    .action(async ({ json, ...query }: Record<string, string | undefined>) => {
      const { data } = await call<{ data: Build[] }>(connection(), 'GET', '/builds', { query })
      if (json) return printJson(data)
      printTable(
        ['id', 'build', 'status', 'workflow', 'branch', 'commit', 'took'],
        data.map((b) => [
          b.id,
          `${b.repository} #${b.number}`,
          b.status,
          b.workflow,
          b.branch ?? '',
          b.commit_sha.slice(0, 8),
          b.duration_ms === null ? '' : durationText(b.duration_ms),
        ]),
      )
    })

  build
    .command('show <id>')
    .description('one build with its steps and artifacts')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const found = await call<Build>(connection(), 'GET', `/builds/${id}`)
      if (json) return printJson(found)
      printBuild(found)
      await printAnswers(connection(), id)
    })

  build
    .command('trigger <repository-id>')
    .description('start a build')
    .option('--branch <name>', 'else the default branch')
    .option('--commit <sha>', 'else the newest of the branch')
    .option('--workflow <id>', 'else every workflow')
    .option('-i, --input <id=value>', 'a value the workflow asks for; may be repeated', inputPair)
    .option('--watch', 'follow it to its end; the exit code is 3 unless it succeeds')
    .action(async (repositoryId: string, options: TriggerOptions) => {
      const { watch, input: inputs, ...rest } = options
      const body = inputs === undefined ? rest : { ...rest, inputs }
      const path = `/repositories/${repositoryId}/trigger`
      const answer = await call<Build | { data: Build[] }>(connection(), 'POST', path, { body })
      const started = 'data' in answer ? answer.data : [answer]
      for (const each of started) printLine(`#${each.number} ${each.workflow}  ${each.url}`)
      if (watch) await watchBuilds(connection(), started)
    })

  build
    .command('watch <id>')
    .description('follow a build to its end; the exit code is 3 unless it succeeds')
    .action(async (id: string) => {
      const found = await call<Build>(connection(), 'GET', `/builds/${id}`)
      await watchBuilds(connection(), [found])
    })

  build
    .command('logs <id>')
    .description('what a build said')
    .option('--step <step>', 'a step by its number from 0, or setup, finish, or pre-0')
    .option('--stream <stream>', 'stdout, stderr or all')
    .option('-f, --follow', 'go on until the build ends')
    .action(async (id: string, { follow, ...what }: LogQuery) => {
      await printLog(connection(), id, follow ? { ...what, follow: 'true' } : what)
    })

  build
    .command('cancel <id>')
    .description('end a build')
    .action(async (id: string) => {
      const asked = await call<Build>(connection(), 'POST', `/builds/${id}/cancel`)
      const said = asked.status === 'running' ? 'was asked to end' : `is ${asked.status}`
      printLine(`#${asked.number} ${said}  ${asked.url}`)
    })

  build
    .command('retry <id>')
    .description('build the same commit with the same configuration again')
    .action(async (id: string) => {
      const started = await call<Build>(connection(), 'POST', `/builds/${id}/retry`)
      printLine(`#${started.number} is ${started.status}  ${started.url}`)
    })

  addApprovalCommands({ command: build, connection })
  addTestsCommand({ command: build, connection })
  addInstallLinkCommand({ command: build, connection })

  build
    .command('artifacts <id>')
    .description('what a build left behind')
    .option('--download', 'fetch all of them')
    .option('--output <dir>', 'into this directory', '.')
    .action(async (id: string, { download, output }: { download?: boolean; output: string }) => {
      const path = `/builds/${id}/artifacts`
      const { data } = await call<{ data: Artifact[] }>(connection(), 'GET', path)
      if (!download) {
        const rows = data.map((a) => [a.name, sizeText(a.size_bytes), a.sha256])
        return printTable(['name', 'size', 'sha256'], rows)
      }
      await mkdir(output, { recursive: true })
      for (const { name } of data) {
        const file = await fetchArtifact(connection(), path, name, output)
        printLine(file)
      }
    })
}

function printBuild(found: Build): void {
  printFields({
    Build: `${found.repository} #${found.number}`,
    Status: found.failure_kind ? `${found.status} (${found.failure_kind})` : found.status,
    Workflow: found.workflow,
    Branch: found.branch,
    Commit: found.commit_sha,
    'From a fork': found.from_fork ? (found.fork ?? 'deleted since') : null,
    Took: found.duration_ms === null ? null : durationText(found.duration_ms),
    Problem: found.error_message,
    Page: found.url,
  })
  printTable(
    ['step', 'name', 'status', 'took'],
    [
      ...found.pre_clone_steps.map((step) => rowOf(`pre-${step.index}`, step)),
      ...found.steps.map((step) => rowOf(String(step.index), step)),
    ],
  )
}

const rowOf = (key: string, { name, status, duration_ms: ms }: Step): string[] => [
  key,
  name,
  status,
  ms === null ? '' : durationText(ms),
]

/** The server's name is only a name here: it never leads out of the directory. */
async function fetchArtifact(
  connection: Connection,
  path: string,
  name: string,
  directory: string,
): Promise<string> {
  const safe = plain(basename(name.replaceAll('\\', '/'))).replace(/^\.+/, '_') || 'artifact'
  const file = join(directory, safe)
  const answer = await open(connection, 'GET', `${path}/${encodeURIComponent(name)}`)
  const part = `${file}.part`
  const body = Readable.fromWeb((answer.body ?? new ReadableStream()) as WebStream<Uint8Array>)
  await pipeline(body, createWriteStream(part))
  await rename(part, file)
  return file
}
