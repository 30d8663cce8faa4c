import { existsSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { wallClock } from '../../src/lib/clock.ts'
import { newId } from '../../src/lib/ids.ts'
import { MiB } from '../../src/lib/sizes.ts'
import type { Claim } from '../../src/protocol/messages.ts'
import type { BuildOptions, Work } from '../../src/runner/build.ts'
import { connectToServer } from '../../src/runner/client.ts'
import { serve } from '../../src/runner/serve.ts'
import type { RunnerServer } from '../support/runner-server.ts'
import { testPlan } from '../support/plan.ts'

export function testClaim(more: Partial<Claim> = {}): Claim {
  return {
    build_id: newId(),
    fence: 1,
    plan: testPlan({ workflow: { id: 'default', name: 'Default' } }),
    trust: { is: 'own' },
    checkout: {
      clone_url: 'https://git.example/app.git',
      commit: 'a'.repeat(40),
      ref: null,
      approved_commit: null,
      credential: null,
      allow_local: false,
    },
    environment: {},
    variables: {},
    signing: { ios: null, android: [] },
    warnings: [],
    masks: [],
    limits: { build_ms: 60_000, step_ms: 60_000, log_bytes: 50 * MiB, grace_ms: 1000 },
    ...more,
  }
}

/** A runner in this process, with an execution of the test's own. */
export function startRunner(
  server: RunnerServer,
  execute: BuildOptions['execute'],
  more: { slots?: number; orphanAfterMs?: number } = {},
) {
  const work = mkdtempSync(join(server.directory, 'work-'))
  const stop = new AbortController()
  const { slots = 2 } = more
  const { socket, tokenFile } = server
  const client = connectToServer({ socket, tokenFile, name: 'test', slots })
  const ended = serve({
    client,
    socket,
    slots,
    spools: join(work, 'builds'),
    workspaces: join(work, 'workspaces'),
    execute,
    clock: wallClock,
    log: pino({ level: 'silent' }),
    stop: stop.signal,
    ...more,
  })
  return {
    work,
    ended,
    hasSpool: (claim: Claim) => existsSync(join(work, 'builds', claim.build_id)),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
      client.close()
    },
    async stop() {
      stop.abort()
      return ended
    },
  }
}

export const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(signal.reason)
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })

/** One step that says what it is given, then succeeds. */
export const saying =
  (text: string): BuildOptions['execute'] =>
  async ({ reporter, clock }: Work) => {
    reporter.stepStarted(0)
    reporter.said(0, 'stdout', clock(), Buffer.from(text))
    reporter.stepFinished(0, { is: 'success' }, false)
    return { is: 'success' }
  }

/** A door that stays shut until it is opened. */
export function door() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}
