import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readPipeline } from '../../src/pipeline/read.ts'
import { slowFiles } from '../../test/support/slow-files.ts'
import { type Figure, median, ms, seconds } from '../support/figures.ts'
import { client } from '../support/http.ts'
import { startServer } from '../support/server.ts'
import { scratch, timed } from '../support/shell.ts'

const readRounds = 60
const readAimMs = 20
const shellRounds = 15
const shellAimMs = 300
const boundMs = 2000
const delayAimMs = 100
const askEveryMs = 5

/** Reading configurations: a large honest one, and the slowest that can be written. */
export async function pipelines(): Promise<Figure[]> {
  return [readInProcess(), ...(await hostileFiles()), await fromTheShell()]
}

function readInProcess(): Figure {
  const content = honestFile()
  const times = Array.from({ length: readRounds }, () => {
    const startedAt = performance.now()
    const { pipeline } = readPipeline(content, 'yaml')
    if (pipeline === null) throw new Error('the honest file has errors')
    return performance.now() - startedAt
  })
  // The first is what a thread takes that has just started.
  const [first = Number.NaN] = times
  const lines = content.split('\n').length
  return {
    what: `read and check ${lines} lines with anchors, median`,
    measured: `${ms(median(times))}, the first ${ms(first)}`,
    limit: null,
    aim: `< ${readAimMs} ms`,
    reached: median(times) < readAimMs,
  }
}

/** Each file goes through a real server, while another client asks it for its health. */
async function hostileFiles(): Promise<Figure[]> {
  using place = scratch()
  await using server = await startServer(place.dir)
  const validate = (content: string) =>
    server.api<Validation>('POST', '/api/pipelines/validate', { format: 'yaml', content })
  await validate(honestFile())
  const quiet = await healthDelays(server.url, wait(boundMs))
  const asked: { name: string; tookMs: number; isGivenUp: boolean }[] = []
  const busy = await healthDelays(server.url, readAll())
  const slowest = asked.toSorted((a, b) => b.tookMs - a.tookMs)[0]
  const givenUp = asked.filter(({ isGivenUp }) => isGivenUp)
  const delay = Math.max(...busy) - median(quiet)
  return [
    {
      what: `slowest of ${asked.length} hostile files of 128 KiB`,
      measured: `${seconds(slowest?.tookMs ?? 0)} (${slowest?.name}), ${givenUp.length} given up`,
      limit: null,
      aim: `< ${seconds(boundMs)}`,
      reached: givenUp.length === 0 && (slowest?.tookMs ?? Infinity) < boundMs,
    },
    {
      what: 'longest delay of another request meanwhile',
      measured: ms(delay),
      limit: `${ms(Math.max(...quiet) - median(quiet))}  the same server with nothing to read`,
      aim: `≤ ${delayAimMs} ms`,
      reached: delay <= delayAimMs,
    },
  ]

  async function readAll() {
    for (const [name, content] of Object.entries(slowFiles)) {
      const startedAt = performance.now()
      const { problems } = await validate(content)
      const isGivenUp = problems.some(({ message }) => message.includes('given up'))
      asked.push({ name, tookMs: performance.now() - startedAt, isGivenUp })
    }
  }
}

type Validation = { problems: { message: string }[] }

/** How long each of many small requests takes until that is done. */
async function healthDelays(url: string, until: Promise<unknown>): Promise<number[]> {
  const delays: number[] = []
  const connection = client(url, 1)
  const state = { isDone: false }
  const done = until.finally(() => (state.isDone = true))
  while (!state.isDone) {
    const startedAt = performance.now()
    await connection.send({ path: '/api/health' })
    delays.push(performance.now() - startedAt)
    await wait(askEveryMs)
  }
  await done
  connection.close()
  return delays
}

async function fromTheShell(): Promise<Figure> {
  using place = scratch()
  const file = join(place.dir, 'oore.yaml')
  writeFileSync(file, honestFile())
  const oore = join(import.meta.dirname, '../../bin/oore')
  const times: number[] = []
  const limits: number[] = []
  for (let round = 0; round < shellRounds; round += 1) {
    times.push(await timed(process.execPath, [oore, 'pipeline', 'validate', file]))
    limits.push(await timed(process.execPath, ['-e', '0']))
  }
  return {
    what: 'oore pipeline validate of that file, median',
    measured: ms(median(times)),
    limit: `${ms(median(limits))}  node -e 0`,
    aim: `< ${shellAimMs} ms`,
    reached: median(times) < shellAimMs,
  }
}

/** Some 500 lines as a team of four apps writes them: shared pieces by anchors and merge keys. */
function honestFile(): string {
  const workflow = (n: number) => `  app-${n}:
    <<: *defaults
    name: App ${n}
    environment:
      <<: *environment
    triggering:
      events: [push, tag]
      branch_patterns:
        - pattern: main
          include: true
        - pattern: release/*
          include: true
        - pattern: '*-draft'
          include: false
      tag_patterns:
        - pattern: app-${n}-*
    scripts:
      - *get
      - *check
      - name: Build app ${n}
        script: |
          set -e
          flutter build apk --flavor app${n} \\
            --build-number "$OORE_BUILD_NUMBER"
      - name: Tell the size
        ignore_failure: true
        script: du -h build/app/outputs/**/*.apk
    artifacts: *artifacts
`
  return `definitions:
  environment: &environment
    vars:
      FLAVOUR: production
      JAVA_TOOL_OPTIONS: -Xmx3g
  get: &get
    name: Get packages
    script: flutter packages pub get
  check: &check
    name: Check
    script: |
      flutter analyze
      flutter test
  artifacts: &artifacts
    - build/**/outputs/**/*.apk
    - build/**/outputs/**/*.aab
  defaults: &defaults
    max_build_duration: 60
    working_directory: app
workflows:
${Array.from({ length: 18 }, (_, n) => workflow(n + 1)).join('')}`
}
