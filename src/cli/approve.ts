import { call, type Connection } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import type { Program } from './main.ts'
import { printFields, printLine, printTable } from './print.ts'

type Request = {
  commit_sha: string
  fork: { name: string | null; opened_by: string | null }
  pull_request: { number: number; target: string; url: string | null }
  builds: { id: string; number: number; workflow: string }[]
  changes:
    | { known: false; reason: string }
    | { known: true; count: number; files: { path: string; risk: string | null }[] }
}
type Build = { number: number; status: string; url: string }

/** `oore build approve` and `oore build deny`. */
export function addApprovalCommands({
  command,
  connection,
}: Pick<Program, 'command' | 'connection'>): void {
  command
    .command('approve <id>')
    .description('let the commit of a fork run: all its builds that wait for it start')
    .option('--commit <sha>', 'only if this is the commit that waits; its beginning will do')
    .option('--show', 'say what is asked, and answer nothing')
    .action(async (id: string, options: { commit?: string; show?: boolean }) => {
      const request = await ask(connection(), id, options.commit)
      printRequest(request)
      if (!options.show) await answer(connection(), id, 'approve', request)
    })

  command
    .command('deny <id>')
    .description('end the builds that wait for this commit of a fork; nothing of it is run')
    .option('--commit <sha>', 'only if this is the commit that waits; its beginning will do')
    .action(async (id: string, { commit }: { commit?: string }) => {
      await answer(connection(), id, 'deny', await ask(connection(), id, commit))
    })
}

async function ask(
  connection: Connection,
  id: string,
  commit: string | undefined,
): Promise<Request> {
  const request = await call<Request>(connection, 'GET', `/builds/${id}/approval`)
  if (commit === undefined || request.commit_sha.startsWith(commit.toLowerCase())) return request
  throw new CallFailed(
    `The build is of commit ${request.commit_sha}, not of ${commit}. Nothing was answered.`,
    exitCodes.conflict,
  )
}

/** The answer names the commit that was shown: another one that waits by now is not meant. */
async function answer(
  connection: Connection,
  id: string,
  verb: 'approve' | 'deny',
  { commit_sha: commit }: Request,
): Promise<void> {
  const build = await call<Build>(connection, 'POST', `/builds/${id}/${verb}`, { body: { commit } })
  printLine(`#${build.number} is ${build.status}  ${build.url}`)
}

function printRequest({ commit_sha, fork, pull_request, builds, changes }: Request): void {
  printFields({
    'Pull request': `#${pull_request.number} into ${pull_request.target}`,
    From: fork.name ?? 'a fork that is deleted',
    'Opened by': fork.opened_by,
    Commit: commit_sha,
    Starts: builds.map(({ number, workflow }) => `#${number} ${workflow}`).join(', ') || 'nothing',
    'Changed files': changes.known ? changes.count : `unknown: ${changes.reason}`,
    'At its forge': pull_request.url,
  })
  const risky = changes.known ? changes.files.filter(({ risk }) => risk !== null) : []
  if (risky.length === 0) return
  const rows = risky.map(({ path, risk }) => [path, risk ?? ''])
  printTable(['decides what is run', 'why'], rows)
}
