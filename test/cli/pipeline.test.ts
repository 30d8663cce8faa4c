import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import { runCommand } from '../support/command.ts'
import { makeRepo } from '../support/repo.ts'

const triggered = `
workflows:
  main:
    name: Main branch
    triggering: { events: [push], branch_patterns: [{ pattern: main }] }
    scripts: [echo main]
  requests:
    triggering: { events: [pull_request], branch_patterns: [{ pattern: main, source: false }] }
    scripts: [echo requests]
  release:
    triggering: { events: [tag], tag_patterns: [{ pattern: 'v*' }] }
    scripts: [echo release]
`

describe('oore pipeline validate', () => {
  test('finds the configuration in the root, from any directory of the repository', async () => {
    using repo = makeRepo({ 'codemagic.yaml': triggered, 'app/lib/main.dart': '' })
    expect(await runCommand(join(repo.dir, 'app/lib'), ['pipeline', 'validate'])).toEqual({
      code: exitCodes.ok,
      stdout: '../../codemagic.yaml is good: main, requests, release.\n',
      stderr: '',
    })
  })

  test('says it in JSON as the API does', async () => {
    using repo = makeRepo({
      'oore.yaml': 'workflows:\n  app: { scripts: {} }\n  b: { scripts: [b] }\n',
    })
    const { code, stdout } = await runCommand(repo.dir, ['pipeline', 'validate', '--json'])
    expect(code).toBe(exitCodes.failure)
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      problems: [{ severity: 'error', line: 2, workflow: 'app' }],
      workflows: [{ id: 'b', name: 'b' }],
    })
  })

  test('notices a file with a wrong name or in a wrong place', async () => {
    using place = directory({ 'codemagic.yml': triggered, 'android/oore.yaml': triggered })
    const { code, stdout, stderr } = await runCommand(place.path, ['pipeline', 'validate'])
    expect({ code, stdout }).toEqual({ code: exitCodes.failure, stdout: '' })
    expect(stderr).toMatch(/^oore: There is no oore.yaml.* or codemagic.yaml in this directory.\n/)
    expect(stderr).toContain('codemagic.yml. It is not read there: move it to codemagic.yaml')
    expect(stderr).toContain('android/oore.yaml. It is not read there')
  })

  test('refuses a format that there is none of', async () => {
    using place = directory({ 'oore.yaml': triggered })
    const args = ['pipeline', 'validate', '--format', 'toml']
    const { code, stderr } = await runCommand(place.path, args)
    expect(code).toBe(exitCodes.usage)
    expect(stderr).toContain('"toml"')
  })
})

describe('oore pipeline explain', () => {
  test('says of every workflow whether a push, a tag or a pull request starts it, and why', async () => {
    using place = directory({ 'oore.yaml': triggered })
    const explain = async (...args: string[]) =>
      (await runCommand(place.path, ['pipeline', 'explain', ...args])).stdout.split('\n')
    expect(await explain('--branch', 'main')).toEqual([
      '✓ main (Main branch) runs. Branch "main" matches branch pattern 1, "main".',
      '✗ requests does not run. Its events are pull_request; this was a push.',
      '✗ release does not run. Its events are tag; this was a push.',
      '',
    ])
    const [, requests] = await explain('--pull-request', 'feature/login:main')
    expect(requests).toMatch(/^✓ requests runs\. Target branch "main" matches/)
    expect((await explain('--from', 'a', '--to', 'b'))[1]).toMatch(/^✗ requests does not run\./)
    expect((await explain('--tag', 'v1.0'))[2]).toMatch(/^✓ release runs\./)
    expect((await explain('--branch', 'main', '--message', 'Typo [skip ci]'))[0]).toBe(
      '✗ main (Main branch) does not run. The commit message says [skip ci].',
    )
  })

  test('explains a file that is named, in JSON, and the sound workflows of one with errors', async () => {
    using place = directory({ 'a/b.yaml': `${triggered}  bad: { scripts: {} }\n` })
    const args = ['pipeline', 'explain', 'a/b.yaml', '--branch', 'x']
    const told = await runCommand(place.path, args)
    expect(told.code).toBe(exitCodes.failure)
    expect(told.stdout).toContain('✗ main (Main branch) does not run.')
    expect(told.stderr).toContain('a/b.yaml:13:')
    const { workflows, problems } = JSON.parse(
      (await runCommand(place.path, [...args, '--json'])).stdout,
    )
    expect(workflows.map((each: { id: string }) => each.id)).toEqual([
      'main',
      'requests',
      'release',
    ])
    expect(problems).toMatchObject([{ workflow: 'bad' }])
  })

  test('looks at when: the files that changed and the condition', async () => {
    using repo = makeRepo({
      'oore.yaml': `
workflows:
  app:
    triggering: { events: [push, pull_request] }
    when: { changeset: { includes: ['app/'] } }
    scripts: [echo app]
  ready:
    triggering: { events: [pull_request] }
    when: { condition: not event.pull_request.draft }
    scripts: [echo ready]
`,
      'app/main.dart': '',
      'docs/read.md': '',
    })
    const explain = async (...args: string[]) =>
      (await runCommand(repo.dir, ['pipeline', 'explain', ...args])).stdout.split('\n')
    expect((await explain('--branch', 'main', '--changed', 'docs/read.md'))[0]).toMatch(/^✗ app /)
    expect((await explain('--branch', 'main'))[0]).toMatch(/^✓ app .*no changed files were given/)
    repo.commit({ 'docs/read.md': 'more' })
    expect((await explain('--branch', 'main', '--since', 'HEAD~1'))[0]).toMatch(/^✗ app /)
    writeFileSync(join(repo.dir, 'app/new.dart'), '')
    expect((await explain('--branch', 'main', '--since', 'HEAD~1'))[0]).toMatch(/^✓ app /)
    expect((await explain('--pull-request', 'a:b', '--draft'))[1]).toMatch(/^✗ ready does not run/)
    expect((await explain('--pull-request', 'a:b'))[1]).toMatch(/^✓ ready runs/)
  })

  test('wants one event', async () => {
    using place = directory({ 'oore.yaml': triggered })
    for (const args of [
      [],
      ['--branch', 'a', '--tag', 'b'],
      ['--pull-request', 'a'],
      ['--from', 'a'],
    ]) {
      const { code, stdout } = await runCommand(place.path, ['pipeline', 'explain', ...args])
      expect({ args, code, stdout }).toEqual({ args, code: exitCodes.usage, stdout: '' })
    }
  })
})

/** A directory with these files, for one test. */
function directory(files: Record<string, string>): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'oore-cli-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
