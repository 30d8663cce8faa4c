import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readPipeline } from '../../src/pipeline/read.ts'
import { tempDir } from './git/places.ts'

const example = fileURLToPath(new URL('../../examples/greeter', import.meta.url))

test('the example builds with nothing but node, git, bash and tar', () => {
  using place = tempDir()
  const dir = join(place.path, 'greeter')
  cpSync(example, dir, { recursive: true, filter: (path) => !path.endsWith('/build') })
  run(dir, 'git init --quiet && git add . && git -c user.name=a -c user.email=a@b commit -qm Begin')

  const { pipeline, problems } = readPipeline(readFileSync(join(dir, 'oore.yaml'), 'utf8'), 'yaml')
  expect(problems).toEqual([])
  const scripts = pipeline?.workflows[0]?.scripts ?? []
  const said = scripts.map(({ name, script }) => ({ name, said: run(dir, script) }))

  expect(said.map(({ name }) => name)).toEqual([
    'Check the tools',
    'Test',
    'Draw the launcher icons',
    'Package',
  ])
  expect(said[1]?.said).toMatch(/pass 18\n.*fail 0/)
  expect(readFileSync(join(dir, 'build/reports/junit.xml'), 'utf8')).toContain('<testcase')
  expect(existsSync(join(dir, 'build/icons/ios-1024.png'))).toBe(true)
  expect(run(dir, 'tar -tzf build/greeter-1.4.0.tar.gz')).toContain('greeter-1.4.0/app.json')
})

/** As a build does: bash in POSIX mode, and the code of the last command decides. */
function run(dir: string, script: string): string {
  // Node's test runner reports in another way when it finds itself inside of a test.
  const env = { PATH: process.env['PATH'], HOME: dir, LC_ALL: 'C.UTF-8' }
  const { status, stdout, stderr } = spawnSync('bash', ['--posix', '-c', script], {
    cwd: dir,
    env,
    encoding: 'utf8',
  })
  expect({ script, status, stdout, stderr }).toMatchObject({ status: 0 })
  return stdout
}
