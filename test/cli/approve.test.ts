import { expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import { runCommand } from '../support/command.ts'
import { action, forkCommit, forkRefs, of } from '../support/forks.ts'
import { startOore } from '../support/oore.ts'

const content = JSON.stringify({
  workflows: { check: { triggering: { events: ['pull_request'] }, scripts: ['cat x.sh'] } },
})

test('a fork’s commit is looked at, approved and denied by the command', async () => {
  await using oore = await startOore()
  const repo = await oore.repo({ 'oore.yaml': content }, 'github')
  const { head } = forkCommit(repo.git, forkRefs.github, { 'x.sh': 'true\n' })
  const ask = async (happened: string) => {
    const told = await repo.told('github', 'pull_request.opened.fork', {
      ...of(head),
      ...action(happened),
    })
    return told.build_ids[0] ?? ''
  }
  const run = (...args: string[]) =>
    runCommand(oore.home, args, { OORE_SERVER: oore.url, OORE_TOKEN: oore.token })
  const id = await ask('opened')
  const listed = await run('build', 'list', '--status', 'waiting_approval')
  expect(listed.stdout).toContain(`${id}\ttests/app-1 #1\twaiting_approval\tcheck`)
  expect((await run('build', 'show', id)).stdout).toMatch(/From a fork: +passer-by\/wallet/)

  const shown = await run('build', 'approve', id, '--show')
  expect(shown.code).toBe(exitCodes.ok)
  for (const text of [head, 'passer-by/wallet', '#87 into main', '#1 check', 'x.sh']) {
    expect(shown.stdout).toContain(text)
  }
  const other = await run('build', 'approve', id, '--commit', 'ffffff')
  expect(other).toMatchObject({ code: exitCodes.conflict, stdout: '' })
  expect((await oore.build(id)).status).toBe('waiting_approval')

  const approved = await run('build', 'approve', id, '--commit', head.slice(0, 8))
  expect(approved).toMatchObject({ code: exitCodes.ok, stderr: '' })
  expect(approved.stdout).toContain(`#1 is pending  ${oore.url}/builds/${id}`)
  expect(await oore.ended(id)).toMatchObject({ status: 'success' })
  const twice = await run('build', 'approve', id)
  expect(twice.code).toBe(exitCodes.conflict)
  expect(twice.stderr).toContain('does not wait for an approval any more')

  const second = await ask('reopened')
  const denied = await run('build', 'deny', second)
  expect(denied.stdout).toContain('#2 is cancelled')

  const changed = await run('repo', 'change', repo.id, '--fork-builds', 'never')
  expect(changed.stdout).toMatch(/Builds of forks: +never/)
  expect((await run('repo', 'show', repo.id)).stdout).toMatch(/Builds of forks: +never/)
  expect((await run('repo', 'change', repo.id, '--fork-builds', 'maybe')).code).toBe(
    exitCodes.usage,
  )
  expect((await run('repo', 'change', repo.id)).code).toBe(exitCodes.usage)
})
