import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { livingGroups, noteGroup } from '../../src/runner/groups-file.ts'
import { readStarts } from '../../src/runner/process-table.ts'

let directory = ''
let path = ''
let sleeper: ChildProcess
let group = 0

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oore-groups-'))
  path = join(directory, 'groups')
  sleeper = spawn('sleep', ['3600'], { detached: true, stdio: 'ignore' })
  group = sleeper.pid ?? 0
})

afterEach(() => {
  sleeper.kill('SIGKILL')
  rmSync(directory, { recursive: true })
})

describe('the groups of a build', () => {
  test('are known again while somebody in them is as old as the note', async () => {
    noteGroup(path, group)
    expect(await livingGroups(path)).toEqual([group])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('are not believed when whoever has the number was started later', async () => {
    noteGroup(path, group)
    const [boot, , moment] = readFileSync(path, 'utf8').trim().split(' ')
    writeFileSync(path, `${boot} ${group} ${Number(moment) - 1}\n`)
    expect(await livingGroups(path)).toEqual([])
  })

  test('are not believed after the machine was started again', async () => {
    noteGroup(path, group)
    const [, , moment] = readFileSync(path, 'utf8').trim().split(' ')
    writeFileSync(path, `another-boot ${group} ${moment}\n`)
    expect(await livingGroups(path)).toEqual([])
  })

  test('are none where nothing was noted, or only half a line', async () => {
    expect(await livingGroups(path)).toEqual([])
    noteGroup(path, group)
    writeFileSync(path, readFileSync(path, 'utf8').split(' ').slice(0, 2).join(' '))
    expect(await livingGroups(path)).toEqual([])
  })
})

test('readStarts reads what macOS prints, zombies left out', () => {
  const output = '  501 S       05:10\n  501 Ss+  1:00:00\n  502 Z    00:01\n  503 S  2-00:00:01\n'
  expect([...readStarts(output, 1_000_000_999)]).toEqual([
    [501, [1_000_000 - 310, 1_000_000 - 3600]],
    [503, [1_000_000 - 2 * 86_400 - 1]],
  ])
})
