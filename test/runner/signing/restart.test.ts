import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Claim } from '../../../src/protocol/messages.ts'
import { thisMachine, type SigningMachine } from '../../../src/runner/signing/machine.ts'
import { testClaim } from '../../runner-transport/support.ts'
import { makeAccount } from '../../support/apple/account.ts'
import { makeAuthority, makeIdentity, makeProfile } from '../../support/apple/identities.ts'
import { testStep } from '../../support/plan.ts'
import { makeRepo, type TestRepo } from '../../support/repo.ts'
import { logBytes, startRunnerServer, type RunnerServer } from '../../support/runner-server.ts'

const program = fileURLToPath(new URL('../../runner-transport/runner-process.ts', import.meta.url))

/** Each stand-in is a process, and other tests run beside it. */
const waitMs = 45_000

const android: Claim['signing']['android'] = [
  {
    name: 'upload',
    file_base64: Buffer.from('a keystore').toString('base64'),
    format: 'pkcs12',
    store_password: 'store-hunter2',
    alias: 'a',
    key_password: 'store-hunter2',
    variables: { path: null, storePassword: null, keyAlias: null, keyPassword: null },
  },
]

test('a keystore of a killed runner is gone before the next one asks for work', async () => {
  using repo = makeRepo()
  await using server = await startRunnerServer()
  await using killed = startProcess(server)
  const claim = claimOf(repo, 'cat "$CM_KEYSTORE_PATH"; echo; exec sleep 300', {
    ios: null,
    android,
  })
  server.offer(claim)
  await server.until('the step', () => hasSaid(server, claim, 'a keystore'), waitMs)
  const directory = join(server.directory, 'workspaces', claim.build_id, 'signing')
  expect(readdirSync(directory)).toEqual(['keystore-1-upload.p12'])
  await kill(killed, server, claim)
  expect(readdirSync(directory)).toHaveLength(1)

  const polls = server.polls.length
  await using _ = startProcess(server)
  await server.until('a poll', () => server.polls.length > polls, waitMs)
  expect(existsSync(directory)).toBe(false)
  expect(readdirSync(join(server.directory, 'work/signing'))).toEqual([])
}, 90_000)

test('the keychains of the account are as they were, and the next build signs', async () => {
  const authority = makeAuthority()
  const identity = makeIdentity(authority)
  const signing = {
    ios: { certificates: [identity], profiles: [makeProfile('com.lumen.app', [identity])] },
    android,
  }
  using account = makeAccount([authority.pem])
  const { machine } = account
  const before = account.standing()
  using repo = makeRepo()
  await using server = await startRunnerServer()
  await using killed = startProcess(server, machine)
  const claim = claimOf(repo, 'echo ready; exec sleep 300', signing)
  server.offer(claim)
  await server.until('the step', () => hasSaid(server, claim, 'ready'), waitMs)
  expect(account.standing().list).toHaveLength(2)
  await kill(killed, server, claim)

  const polls = server.polls.length
  await using next = startProcess(server, machine)
  await server.until('a poll', () => server.polls.length > polls, waitMs)
  expect(account.standing()).toEqual(before)
  expect(
    Object.keys(account.tree()).filter((path) => /mobileprovision|p12|lock/.test(path)),
  ).toEqual([])
  const again = claimOf(repo, 'echo "$CODE_SIGN_IDENTITY"', signing)
  server.offer(again)
  await server.until('the end', () => server.hasEnded(again), waitMs)
  expect(server.build(again).outcome, next.said()).toEqual({ is: 'success' })
  expect(logBytes(server.build(again), 1).toString()).toBe(`${identity.common_name}\n`)
  expect(account.standing()).toEqual(before)
}, 90_000)

/** The server ends the builds of a runner that is gone, so that nobody runs them again. */
async function kill(
  runner: ReturnType<typeof startProcess>,
  server: RunnerServer,
  claim: Claim,
): Promise<void> {
  server.build(claim).outcome = { is: 'broken', kind: 'interrupted', why: 'The runner is gone.' }
  runner.child.kill('SIGKILL')
  await runner.exited
}

function startProcess(server: RunnerServer, signingMachine: SigningMachine = thisMachine()) {
  const { socket, tokenFile, directory } = server
  const options = {
    ...{ socket, tokenFile, slots: 2, name: 'test', signingMachine },
    work: join(directory, 'work'),
    workspaces: join(directory, 'workspaces'),
  }
  const args = ['--import', 'tsx', program, JSON.stringify(options)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const exited = once(child, 'close')
  return {
    child,
    exited,
    said: () => said,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

const hasSaid = (server: RunnerServer, claim: Claim, text: string): boolean => {
  const build = server.builds.get(claim.build_id)
  return build !== undefined && logBytes(build, 1).includes(text)
}

function claimOf(repo: TestRepo, script: string, signing: Claim['signing']): Claim {
  const claim = testClaim({ signing })
  const { checkout, plan } = claim
  return {
    ...claim,
    checkout: {
      ...checkout,
      clone_url: repo.url,
      commit: repo.head(),
      ref: 'refs/heads/main',
      allow_local: true,
    },
    plan: { ...plan, steps: [testStep({ script })] },
  }
}
