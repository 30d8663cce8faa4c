import type { Command } from 'commander'
import { call } from '../client.ts'
import type { Program } from '../main.ts'
import { printFields, printJson, printLine, printTable } from '../print.ts'

type Project = {
  id: number
  instance: string
  full_name: string
  is_archived: boolean
  role: string | null
  may_enable: boolean
  enabled: boolean
}

type ProjectList = {
  data: Project[]
  page: number
  per_page: number
  total: number | null
  next_page: number | null
}

type Enabled = {
  repository: { id: string; full_name: string }
  webhook: 'made' | 'adopted'
  signed: boolean
}

const perPageDefault = '20'

/** `oore gitlab projects`, `enable` and `disable`. */
export function addGitlabProjectCommands(gitlab: Command, { connection }: Program): void {
  gitlab
    .command('projects')
    .description('the projects that whoever authorized is a member of')
    .option('--instance <url>', 'which one, where there are several')
    .option('--search <text>', 'part of the group or the name')
    .option('--page <number>', 'which page', '1')
    .option('--per-page <number>', 'how many on a page, up to 100', perPageDefault)
    .option('--json', 'print JSON')
    .action(async (options: Record<string, string | undefined> & { json?: string }) => {
      const { instance, search, page, perPage } = options
      const list = await call<ProjectList>(connection(), 'GET', '/gitlab/projects', {
        query: { instance, q: search, page, per_page: perPage },
      })
      if (options.json) return printJson(list)
      printTable(
        ['id', 'name', 'state', 'role', 'instance'],
        list.data.map((each) => [
          String(each.id),
          each.full_name,
          stateOf(each),
          each.role ?? '-',
          each.instance,
        ]),
      )
      if (list.next_page !== null) {
        const total = list.total === null ? '' : ` of ${list.total} projects`
        process.stderr.write(`Page ${list.page}${total}; --page ${list.next_page} goes on.\n`)
      }
    })

  gitlab
    .command('enable <project>')
    .description('make the webhook of a project, by its number, and add the repository')
    .option('--instance <url>', 'which one, where there are several')
    .option('--confirm-archived', 'though it is archived')
    .action(
      async (
        project: string,
        { instance, confirmArchived }: { instance?: string; confirmArchived?: boolean },
      ) => {
        const path = `/gitlab/projects/${encodeURIComponent(project)}/enable`
        const { repository, webhook, signed } = await call<Enabled>(connection(), 'POST', path, {
          body: { instance, confirm_archived: confirmArchived ?? false },
        })
        printFields({
          Enabled: repository.full_name,
          Repository: repository.id,
          Webhook: `${webhook}${signed ? ', signed' : ''}`,
        })
      },
    )

  gitlab
    .command('disable <project>')
    .description('remove the webhook of a project, by its number, and pause the repository')
    .option('--instance <url>', 'which one, where there are several')
    .action(async (project: string, { instance }: { instance?: string }) => {
      const path = `/gitlab/projects/${encodeURIComponent(project)}/disable`
      const { repository } = await call<Enabled>(connection(), 'POST', path, { body: { instance } })
      printLine(`${repository.full_name} is paused, and its webhook removed.`)
    })
}

function stateOf({ enabled, is_archived, may_enable }: Project): string {
  if (enabled) return 'enabled'
  if (!may_enable) return 'takes Maintainer'
  return is_archived ? 'archived' : '-'
}
