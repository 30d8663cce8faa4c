import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ClaimCertificate } from '../../../src/protocol/messages.ts'
import type { SigningPlace } from '../../../src/runner/signing/machine.ts'
import { replayJournals } from '../../../src/runner/signing/replay.ts'
import { makeAccount, type Account } from '../../support/apple/account.ts'
import {
  makeAuthority,
  makeIdentity,
  makeProfile,
  type Authority,
} from '../../support/apple/identities.ts'
import { testClaim } from '../../runner-transport/support.ts'

const program = fileURLToPath(new URL('signing-process.ts', import.meta.url))
/** More than there are, so that a loop ends. */
const pointsMax = 100
const pointsAtATime = 4

let authority: Authority
let identity: ClaimCertificate

beforeAll(() => {
  authority = makeAuthority()
  identity = makeIdentity(authority)
})

/** A runner's directories and an account, and a build that is signed for both systems. */
function makeScene() {
  const account = makeAccount([authority.pem])
  const directory = mkdtempSync(join(tmpdir(), 'oore-signing-'))
  const workspaces = join(directory, 'workspaces')
  const warnings: string[] = []
  // One profile has to make room for the build's, one directory is there and one is not.
  const older = join(account.home, 'Library/MobileDevice/Provisioning Profiles')
  mkdirSync(older, { recursive: true })
  writeFileSync(join(older, 'uuid-of-com-lumen-app.mobileprovision'), 'an older one')
  const claim = testClaim({
    signing: {
      ios: {
        certificates: [identity],
        profiles: [makeProfile('com.lumen.app', [identity])],
      },
      android: [
        {
          name: 'upload',
          file_base64: Buffer.from('a keystore').toString('base64'),
          format: 'jks',
          store_password: 'store-hunter2',
          alias: 'a',
          key_password: 'key-hunter2',
          variables: { path: null, storePassword: null, keyAlias: null, keyPassword: null },
        },
      ],
    },
  })
  const place: SigningPlace = {
    journals: join(directory, 'signing'),
    machine: account.machine,
    warn: (sentence) => warnings.push(sentence),
  }
  const before = stateOf(account)
  return {
    account,
    place,
    warnings,
    signingDirectory: join(workspaces, claim.build_id, 'signing'),
    /** Runs the build until it has ended or is killed; which of them. */
    async run(killAt: number | null): Promise<'killed' | 'ended'> {
      const job = join(directory, 'job.json')
      const { journals, machine } = place
      writeFileSync(job, JSON.stringify({ claim, workspaces, journals, machine, killAt }))
      const child = spawn(process.execPath, ['--import', 'tsx', program, job], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
      if (signal === 'SIGKILL') return 'killed'
      expect(code).toBe(0)
      return 'ended'
    },
    /** As a runner does when it starts. */
    async startAgain() {
      await replayJournals(place)
    },
    expectAsBefore(where: string) {
      expect({ where, ...stateOf(account) }).toEqual({ where, ...before })
      expect({ where, left: existsSync(join(workspaces, claim.build_id, 'signing')) }).toEqual({
        where,
        left: false,
      })
      const kept = existsSync(place.journals) ? readdirSync(place.journals) : []
      expect({ where, kept, warnings }).toEqual({ where, kept: [], warnings: [] })
    },
    [Symbol.dispose]() {
      account[Symbol.dispose]()
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The place of the lock stays; the lock does not. */
function stateOf(account: Account) {
  const {
    'Library/Application Support': _a,
    'Library/Application Support/Oore': _b,
    ...tree
  } = account.tree()
  return { tree, standing: account.standing() }
}

describe('killed with SIGKILL', { timeout: 60_000 }, () => {
  test('at any point of the journal, the next start leaves the account as it was', async () => {
    const tryPoint = async (point: number): Promise<boolean> => {
      using scene = makeScene()
      const end = await scene.run(point)
      if (end === 'killed') await scene.startAgain()
      scene.expectAsBefore(`point ${point}`)
      return end === 'killed'
    }
    let killed = 0
    for (let point = 1; point < pointsMax; point += pointsAtATime) {
      const points = Array.from({ length: pointsAtATime }, (_each, n) => point + n)
      const ends = await Promise.all(points.map(tryPoint))
      killed += ends.filter(Boolean).length
      if (ends.includes(false)) break
    }
    // Two for each note: the directory, the build's own journal, the keychain, the list, the default
    // one, four directories of the home and one, a profile in two places, a certificate.
    expect(killed).toBe(2 * 13)
  }, 240_000)

  test.each(['before', 'after'])(
    '%s any call of security, while it signs and while it is undone',
    async (when) => {
      let call = 1
      for (; call < pointsMax; call += 3) {
        using scene = makeScene()
        writeFileSync(join(scene.account.home, '.stand-in/kill'), `${when} ${call}`)
        const end = await scene.run(null)
        rmSync(join(scene.account.home, '.stand-in/kill'))
        if (end === 'killed') await scene.startAgain()
        scene.expectAsBefore(`${when} call ${call}`)
        if (end === 'ended') break
      }
      expect(call).toBeGreaterThan(16)
    },
    240_000,
  )

  test('and again while the next start undoes it: the start after that does', async () => {
    using scene = makeScene()
    expect(await scene.run(14)).toBe('killed')
    // Undone by the build that signs next, which is killed by its third call of security.
    const calls = scene.account.calls().length
    writeFileSync(join(scene.account.home, '.stand-in/kill'), `after ${calls + 3}`)
    expect(await scene.run(null)).toBe('killed')
    rmSync(join(scene.account.home, '.stand-in/kill'))
    await scene.startAgain()
    scene.expectAsBefore('the third')
  })

  test('and the machine restarted, all temporary files gone', async () => {
    using scene = makeScene()
    expect(await scene.run(16)).toBe('killed')
    rmSync(join(scene.signingDirectory, '..'), { recursive: true })
    await scene.startAgain()
    scene.expectAsBefore('after the restart')
  })

  test('with a last line that was torn', async () => {
    using scene = makeScene()
    expect(await scene.run(14)).toBe('killed')
    const [journal = ''] = readdirSync(scene.place.journals)
    writeFileSync(join(scene.place.journals, journal), '\n{"undo":{"kind":"keyc', { flag: 'a' })
    await scene.startAgain()
    scene.expectAsBefore('torn')
  })
})
