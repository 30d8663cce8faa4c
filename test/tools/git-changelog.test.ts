import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

/** A clone with one commit for each of the subjects, and the ids of them. */
function clone(...subjects: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'oore-changelog-'))
  const who = { GIT_AUTHOR_NAME: 'Mara', GIT_AUTHOR_EMAIL: 'mara@lumen.example' }
  const env = {
    ...who,
    GIT_COMMITTER_NAME: who.GIT_AUTHOR_NAME,
    GIT_COMMITTER_EMAIL: who.GIT_AUTHOR_EMAIL,
    HOME: directory,
    PATH: `/usr/bin:/bin:${dirname(process.execPath)}`,
  }
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: directory, env, encoding: 'utf8' }).trim()
  git('init', '-q')
  const ids = subjects.map((subject) => {
    git('commit', '-q', '--allow-empty', '-m', subject)
    return git('rev-parse', 'HEAD')
  })
  return {
    ids,
    run(...args: string[]) {
      const tool = resolve('bin/tools/git-changelog')
      const { status, stdout, stderr } = spawnSync(process.execPath, [tool, ...args], {
        cwd: directory,
        env,
        encoding: 'utf8',
      })
      return { code: status, stdout, stderr }
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  }
}

describe('git-changelog generate', () => {
  test('lists what was committed since a commit, the newest first, without merges', () => {
    using on = clone('one', 'two', "Merge branch 'main' into dev", 'three\n\nA long story.')
    const since = ['generate', `--previous-commit=${on.ids[0]}`]
    expect(on.run(...since)).toEqual({ code: 0, stdout: '- three\n- two\n', stderr: '' })
    expect(on.run(...since, '--skip-pattern', '^t').stdout).toBe("- Merge branch 'main' into dev\n")
    expect(on.run('generate', '--commit-limit', '1').stdout).toBe('- three\n')
    expect(on.run(...since.slice(0, 1), `--previous-commit=${on.ids[3]}`).stdout).toBe('')
  })

  test('of an empty commit, as builds without an earlier one have it, takes the next word', () => {
    using on = clone('one', 'two', 'three')
    expect(on.run('generate', '--previous-commit=', on.ids[1]!).stdout).toBe('- three\n')
    expect(on.run('generate', '--previous-commit=').stdout).toBe('- three\n- two\n- one\n')
  })

  test('of a commit that is not there gives the newest, and says so', () => {
    using on = clone('one', 'two')
    const gone = 'b'.repeat(40)
    const given = on.run('generate', '--previous-commit', gone, '--commit-limit=1')
    expect(given).toMatchObject({ code: 0, stdout: '- two\n' })
    expect(given.stderr).toContain(gone)
    // What looks like an option is a commit that is not there.
    expect(on.run('generate', '--previous-commit=--output=x').stdout).toBe('- two\n- one\n')
  })

  test('refuses what it cannot take', () => {
    using on = clone('one')
    const refused = (...args: string[]) => {
      const { code, stderr } = on.run('generate', ...args)
      return { code, stderr }
    }
    expect(refused('--commit-limit', '0')).toEqual({
      code: 2,
      stderr: expect.stringContaining('--commit-limit'),
    })
    expect(refused('--skip-pattern', '(')).toEqual({
      code: 2,
      stderr: expect.stringContaining('--skip-pattern'),
    })
    const nowhere = spawnSync(process.execPath, [resolve('bin/tools/git-changelog'), 'generate'], {
      cwd: '/',
      encoding: 'utf8',
    })
    expect(nowhere.status).toBe(1)
    expect(nowhere.stderr).toContain('git repository')
  })
})
