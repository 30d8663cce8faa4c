import { spawnSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OoreError } from '../../src/lib/errors.ts'
import { openReader, type ReaderParts } from '../../src/pipeline/reader.ts'
import { decideWhens, explainEvent } from '../../src/pipeline/decide.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { explain } from '../../src/pipeline/triggers.ts'
import { eventually } from '../support/eventually.ts'
import { startReader } from '../support/reader.ts'
import { cases, contentOf, folders } from './golden.ts'
import { slowFiles } from '../support/slow-files.ts'

/** A bound that no small file reaches, however busy the machine is. */
const ample = 30_000

/** A reader whose thread does to itself what it is told (test/programs/pipeline-thread.mjs). */
function tellingReader(bounds: ReaderParts['bounds'] = {}) {
  const troubles: Error[] = []
  const reader = openReader({
    threadFile: resolve('test/programs/pipeline-thread.mjs'),
    onTrouble: (error) => troubles.push(error),
    bounds: { workMs: ample, turnMs: ample, ...bounds },
  })
  const say = async (content: string) =>
    (await reader.read(content, 'yaml')).problems.map(({ message }) => message).join('\n')
  return { ...reader, say, troubles, [Symbol.asyncDispose]: () => reader.close() }
}

const refusal = (thrown: unknown) =>
  thrown instanceof OoreError ? `${thrown.trouble}: ${thrown.message}` : thrown

describe('read', () => {
  test('says what readPipeline says, of good files and bad ones', async () => {
    await using reader = await startReader({ workMs: ample })
    const contents = [
      ...cases('plan').map((name) => contentOf('plan', `${name}.yml`)),
      ...folders.flatMap((folder) => cases(folder).map((name) => contentOf(folder, `${name}.yml`))),
      '',
      'x'.repeat(200 * 1024),
    ]
    expect(contents.length).toBeGreaterThan(20)
    // One after another: so many at once would be turned away.
    for (const content of contents) {
      expect(await reader.read(content, 'yaml')).toEqual(readPipeline(content, 'yaml'))
    }
    expect(reader.troubles).toEqual([])
  }, 60_000)

  test('a file that takes too long is given up, and the next is read in a new thread', async () => {
    await using reader = tellingReader({ workMs: 500 })
    const [endless, next] = await Promise.all([
      reader.read('never end', 'yaml'),
      reader.read('after it', 'yaml'),
    ])
    expect(endless).toMatchObject({
      pipeline: null,
      problems: [{ severity: 'error', line: null, workflow: null }],
    })
    expect(endless.problems[0]?.message).toMatch(/^Reading this file took more than 2 s/)
    expect(endless.problems[0]?.suggestion).toContain('aliases')
    expect(next.problems).toMatchObject([{ message: 'after it' }])
    expect(reader.troubles).toEqual([])
  })

  test('a file that takes too much memory is given up, and the server goes on', async () => {
    await using reader = tellingReader()
    const said = await Promise.all([reader.say('take all memory'), reader.say('after it')])
    expect(said).toEqual([
      'Reading this file took too much memory, so it was given up.',
      'after it',
    ])
    expect(reader.troubles).toEqual([])
  }, 60_000)

  test('a thread that breaks is told to the operator, and another takes its place', async () => {
    await using reader = tellingReader()
    const said = await Promise.all(['throw', 'a', 'exit', 'b'].map(reader.say))
    const broke = 'Oore broke while reading this file. The server log has the details.'
    expect(said).toEqual([broke, 'a', broke, 'b'])
    expect(reader.troubles.map(({ message }) => message)).toEqual([
      'thrown by the thread',
      'The thread that reads ended with 7.',
    ])
  })

  test('what is asked at once is answered in the order of asking', async () => {
    await using reader = tellingReader()
    const asked = Array.from({ length: 50 }, (_, n) => (n === 20 ? 'throw' : `file ${n}`))
    const answered: number[] = []
    await Promise.all(
      asked.map(async (content, n) => {
        await reader.say(content)
        answered.push(n)
      }),
    )
    expect(answered).toEqual([...asked.keys()])
  })

  test('what waits too long for its turn is refused as busy, not as wrong', async () => {
    await using reader = tellingReader({ workMs: 1500, turnMs: 700 })
    // The bound of waiting begins when it is asked, that of working when the thread is there.
    await eventually(() => reader.say('the thread is there'), ample)
    const endless = reader.say('never end')
    const late = await reader.say('late').catch(refusal)
    expect(late).toBe('unavailable: Oore is busy reading other configurations. Try again soon.')
    expect(await endless).toContain('more than 2 s')
    expect(await eventually(() => reader.say('in time'), ample)).toBe('in time')
  })

  test('only so many wait', async () => {
    await using reader = tellingReader({ waitingMax: 3 })
    await reader.say('the thread is there')
    const said = await Promise.all(
      Array.from({ length: 6 }, (_, n) => reader.say(`${n}`).catch(refusal)),
    )
    const busy = 'unavailable: Oore is busy reading other configurations. Try again soon.'
    expect(said).toEqual(['0', '1', '2', '3', busy, busy])
  })

  test('a thread that has gone idle is started again', async () => {
    await using reader = tellingReader({ idleMs: 0 })
    const first = await reader.say('who are you')
    const next = await eventually(async () => {
      const said = await reader.say('who are you')
      if (said === first) throw new Error(`still ${said}`)
      return said
    })
    expect(next).toMatch(/^thread \d+$/)
    expect(reader.troubles).toEqual([])
  })

  test('an installation without the thread is an error to everyone who asks', async () => {
    const reader = openReader({ threadFile: resolve('no-such.mjs'), onTrouble: () => {} })
    const asked = ['a', 'b'].map((content) => reader.read(content, 'yaml').catch(refusal))
    for (const thrown of await Promise.all(asked)) {
      expect(thrown).not.toBeInstanceOf(OoreError)
      expect(String(thrown)).toContain('Configurations cannot be read: Cannot find module')
    }
    await reader.close()
  })
})

describe('explain', () => {
  const happening = { commitMessage: null, changedFiles: null, payload: null }
  const started = { type: 'push', branch: 'a'.repeat(240), ...happening } as const

  test('says of patterns and of when what is said without a thread', async () => {
    await using reader = await startReader({ workMs: ample })
    const { pipeline } = await reader.read(contentOf('plan', 'everything.yml'), 'yaml')
    if (pipeline === null) throw new Error('the good file has errors')
    for (const event of [started, { type: 'tag', tag: 'v1', ...happening } as const]) {
      expect(await reader.explain(pipeline, event)).toEqual(explain(pipeline, event))
      expect(await reader.explainEvent(pipeline, event)).toEqual(explainEvent(pipeline, event))
      const changes = { is: 'known', files: ['README.md'], isPartial: false, since: null } as const
      const known = { changes, environment: { CM_BRANCH: 'main' }, configFileName: null }
      const facts = new Map(pipeline.workflows.map(({ id }) => [id, known]))
      const asked = [pipeline, event, explain(pipeline, event), facts] as const
      expect(await reader.decideWhens(...asked)).toEqual(decideWhens(...asked))
    }
  })

  test('patterns that take too long are refused', async () => {
    await using reading = await startReader({ workMs: ample })
    const patterns = `    - pattern: "${'*(+(a*)*)'.repeat(30)}b"\n`.repeat(350)
    const content = `workflows:\n w:\n  triggering:\n   events: [push]\n   branch_patterns:\n${patterns}`
    const { pipeline } = await reading.read(content, 'yaml')
    if (pipeline === null) throw new Error('the patterns have errors')
    await using reader = await startReader({ workMs: 300 })
    const slow = await reader.explain(pipeline, started).catch(refusal)
    expect(slow).toMatch(/^invalid: Trying the patterns of the workflows took more than 2 s/)
  })
})

describe('close', () => {
  test('what is in hand, what waits and what is asked later is unavailable', async () => {
    const reader = tellingReader()
    await reader.say('the thread is there')
    const asked = [reader.say('never end').catch(refusal), reader.say('waiting').catch(refusal)]
    await reader.close()
    asked.push(reader.say('later').catch(refusal))
    const stopping = 'unavailable: Oore is stopping. Try again soon.'
    expect(await Promise.all(asked)).toEqual([stopping, stopping, stopping])
  })

  test('a program may end beside an idle reader, and waits for one that works', () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', programWithReader],
      { encoding: 'utf8', timeout: 15_000 },
    )
    expect({ stdout, status }).toEqual({ stdout: 'hello\n', status: 0 })
  })
})

const programWithReader = `
  import { openReader } from ${JSON.stringify(resolve('src/pipeline/reader.ts'))}
  const threadFile = ${JSON.stringify(resolve('test/programs/pipeline-thread.mjs'))}
  const reader = openReader({ threadFile, onTrouble: (error) => console.log(error) })
  const { problems } = await reader.read('hello', 'yaml')
  console.log(problems[0].message)
`

describe('a thread that reads the slowest files', () => {
  test('leaves the server free', async () => {
    await using reader = await startReader({ workMs: ample, turnMs: 120_000 })
    await reader.read('', 'yaml')
    const contents = ['many deep lists', 'tagged list items'].map((name) => slowFiles[name] ?? '')
    const before = performance.eventLoopUtilization()
    await Promise.all(contents.map((content) => reader.read(content, 'yaml')))
    // The thread works all the time, and this one only waits for it.
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.3)
  }, 120_000)
})
