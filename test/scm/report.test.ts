import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import { forgeAddress } from '../../src/scm/forge/address.ts'
import type { CommitState, CommitStatus } from '../../src/scm/contract.ts'
import { scms } from '../../src/scm/index.ts'
import { reportToGithub } from '../../src/scm/github/report.ts'
import { reportToGitlab } from '../../src/scm/gitlab/status.ts'
import { operatorReach } from '../../src/lib/safe-fetch.ts'
import { reportToBitbucket } from '../../src/scm/bitbucket/status.ts'
import { reportToGitea } from '../../src/scm/gitea/status.ts'
import { startFakeBitbucket } from '../support/fake-forges/bitbucket.ts'
import type { Fate } from '../support/fake-forges/forge.ts'
import { startFakeGitea } from '../support/fake-forges/gitea.ts'
import { startFakeGithub } from '../support/fake-forges/github.ts'
import { startFakeGitlab } from '../support/fake-forges/gitlab.ts'

const token = 'a-token-nobody-should-see'
const target = (cloneUrl: string, allowLocal = true) => ({
  cloneUrl,
  via: 'token' as const,
  apiUrl: null,
  reach: operatorReach,
  credential: { username: 'git', password: new Secret(token) },
  allowLocal,
})
const status = (changes: Partial<CommitStatus> = {}): CommitStatus => ({
  commit: 'a'.repeat(40),
  ref: 'main',
  context: 'oore/Main',
  state: 'success',
  description: 'Succeeded in 2m 3s',
  url: 'https://oore.example.com/builds/1',
  ...changes,
})
const github = () => startFakeGithub({ token, repositories: ['lumen/wallet'] })
const gitlab = () => startFakeGitlab({ token, projects: ['lumen/mobile/wallet'] })

describe('forgeAddress', () => {
  test.each([
    ['https://github.com/lumen/wallet.git', 'https://github.com', ['lumen', 'wallet']],
    ['https://git.example.com:8443/a/b/c/', 'https://git.example.com:8443', ['a', 'b', 'c']],
    ['ssh://git@git.example.com:2222/a/b.git', 'https://git.example.com', ['a', 'b']],
    ['git@github.com:lumen/wallet.git', 'https://github.com', ['lumen', 'wallet']],
    ['https://git.example.com/a%20b/c', 'https://git.example.com', ['a b', 'c']],
    ['http://127.0.0.1:8080/a/b.git', 'http://127.0.0.1:8080', ['a', 'b']],
  ])('%s is a repository at %s', (cloneUrl, origin, path) => {
    expect(forgeAddress(cloneUrl, true)).toMatchObject({ origin, path })
  })

  test.each([
    ['http://127.0.0.1:8080/a/b.git', false],
    ['http://git.example.com/a/b.git', true],
    ['http://127.0.0.1.example.com/a/b.git', true],
    ['file:///srv/git/app.git', true],
  ])('no token is sent to %s', (cloneUrl, allowLocal) => {
    expect(forgeAddress(cloneUrl, allowLocal)).toBeNull()
  })
})

describe('every provider that can be told', () => {
  const telling = scms.flatMap(({ key, report }) => (report ? [{ key, report }] : []))

  test('is every forge', () => {
    const forges = scms.filter(({ isForge }) => isForge)
    expect(telling.map(({ key }) => key)).toEqual(forges.map(({ key }) => key))
  })

  test.each(telling)('$key tries later where nobody listens, and says so', async ({ report }) => {
    const told = await report(target('http://127.0.0.1:65533/lumen/wallet.git'), status())
    expect(told).toMatchObject({ is: 'later', unsure: false, afterMs: null })
    expect(JSON.stringify(told)).not.toContain(token)
  })

  test.each(telling)('$key refuses an address that is none of a forge', async ({ report }) => {
    const address = 'file:///srv/git/app.git'
    expect(await report(target(address), status())).toMatchObject({ is: 'refused' })
  })

  test.each(telling)('$key is asked by https alone where it is not allowed', async ({ report }) => {
    await using forge = await github()
    const address = `${forge.url}/lumen/wallet.git`
    expect(await report(target(address, false), status())).toMatchObject({ is: 'refused' })
    expect(forge.asked).toEqual([])
  })
})

describe('reportToGithub', () => {
  const tell = (url: string, changes: Partial<CommitStatus> = {}, name = 'lumen/wallet') =>
    reportToGithub(target(`${url}/${name}.git`), status(changes))

  test.each([
    ['pending', 'pending'],
    ['running', 'pending'],
    ['success', 'success'],
    ['failure', 'failure'],
    ['error', 'error'],
    ['cancelled', 'failure'],
  ] satisfies [CommitState, string][])('says %s as %s', async (state, said) => {
    await using forge = await github()
    expect(await tell(forge.url, { state })).toEqual({ is: 'told' })
    expect(forge.kept.map((kept) => kept.state)).toEqual([said])
    expect(forge.breaches).toEqual([])
  })

  test('answers a wrong token, repository and commit in words, once and for all', async () => {
    await using forge = await github()
    const wrong = { ...target(`${forge.url}/lumen/wallet.git`) }
    wrong.credential = { username: 'git', password: new Secret('another') }
    const sentences = await Promise.all([
      reportToGithub(wrong, status()),
      tell(forge.url, {}, 'lumen/other'),
      tell(forge.url, { commit: 'abc' }),
      reportToGithub(target(`${forge.url}/a/b/c.git`), status()),
    ])
    expect(sentences).toEqual([
      { is: 'refused', why: expect.stringContaining('does not accept the token') },
      { is: 'refused', why: expect.stringContaining('no such repository') },
      {
        is: 'refused',
        why: 'GitHub refused it (status 422). It said “No commit found for SHA: abc”.',
      },
      { is: 'refused', why: 'The clone address is not one of a repository on GitHub.' },
    ])
  })

  const inTenMinutes = () => {
    const now = 1_800_000_000
    return {
      date: new Date(now * 1000).toUTCString(),
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(now + 600),
    }
  }
  test.each([
    ['the primary limit', { status: 403, headers: inTenMinutes() }, 600_000],
    ['Retry-After', { status: 429, headers: { 'retry-after': '42' } }, 42_000],
    [
      'a secondary limit without a time',
      { status: 403, json: { message: 'You have exceeded a secondary rate limit.' } },
      60_000,
    ],
    ['a pause for maintenance', { status: 503, headers: { 'retry-after': '120' } }, 120_000],
  ] satisfies [string, Fate, number][])('waits as long as %s says', async (_, fate, afterMs) => {
    await using forge = await github()
    forge.decide(() => fate)
    expect(await tell(forge.url)).toMatchObject({ is: 'later', afterMs, unsure: false })
  })

  test.each([500, 502, 504])('tries later after a %i, which may have been taken', async (code) => {
    await using forge = await github()
    forge.decide(() => ({ status: code }))
    expect(await tell(forge.url)).toMatchObject({ is: 'later', afterMs: null, unsure: true })
  })

  test('tries later when the connection breaks, before it was taken and after', async () => {
    await using forge = await github()
    for (const fate of ['lost', 'dropped'] as const) {
      forge.decide(() => fate)
      expect(await tell(forge.url)).toMatchObject({ is: 'later', unsure: true })
    }
    expect(forge.kept).toHaveLength(1)
  })

  test('follows a repository to its new name, and nobody to another host', async () => {
    await using forge = await github()
    await using elsewhere = await github()
    const to = (origin: string) => `${origin}/api/v3/repos/lumen/wallet/statuses/${'a'.repeat(40)}`
    const sendOn = (location: string): Fate => ({ status: 307, headers: { location } })
    const isOld = (path: string) => path.includes('/lumen/old/')
    forge.decide(({ path }) => (isOld(path) ? sendOn(to(forge.url)) : 'answered'))
    expect(await tell(forge.url, {}, 'lumen/old')).toEqual({ is: 'told' })
    for (const location of [to(elsewhere.url), 'http://[', '//127.0.0.1:1/']) {
      forge.decide(() => sendOn(location))
      expect(await tell(forge.url)).toMatchObject({ is: 'refused' })
    }
    forge.decide(({ path }) => sendOn(path))
    expect(await tell(forge.url)).toMatchObject({ is: 'refused' })
    expect(elsewhere.asked).toEqual([])
  })

  test('keeps of a long and hostile answer one short line', async () => {
    await using forge = await github()
    const message = `no\r\n\u202e${'x'.repeat(100_000)}`
    forge.decide(() => ({ status: 400, json: { message: message.slice(0, 5000) } }))
    const told = await tell(forge.url)
    const why = told.is === 'refused' ? told.why : ''
    expect(why.length).toBeLessThan(300)
    expect(why).not.toMatch(/[\r\n\u202e]/)
    forge.decide(() => ({ status: 400, json: { message } }))
    expect(await tell(forge.url)).toMatchObject({ is: 'refused' })
  })
})

describe('reportToGitlab', () => {
  const tell = (url: string, changes: Partial<CommitStatus> = {}) =>
    reportToGitlab(target(`${url}/lumen/mobile/wallet.git`), status(changes))

  test.each([
    ['pending', 'pending'],
    ['running', 'running'],
    ['success', 'success'],
    ['failure', 'failed'],
    ['error', 'failed'],
    ['cancelled', 'canceled'],
  ] satisfies [CommitState, string][])('says %s as %s, twice like once', async (state, said) => {
    await using forge = await gitlab()
    expect(await tell(forge.url, { state })).toEqual({ is: 'told' })
    expect(await tell(forge.url, { state })).toEqual({ is: 'told' })
    expect(forge.shown('a'.repeat(40), 'oore/Main')).toBe(said)
    expect(forge.kept[0]).toMatchObject({ repository: 'lumen/mobile/wallet', ref: 'main' })
    expect(forge.breaches).toEqual([])
  })

  test('goes from running to queued only when there is more to say', async () => {
    await using forge = await gitlab()
    for (const state of ['running', 'pending', 'running', 'failure', 'pending'] as const) {
      expect(await tell(forge.url, { state })).toEqual({ is: 'told' })
    }
    expect(forge.kept.map(({ state }) => state)).toEqual(['running', 'failed', 'pending'])
  })

  test('does not take a refusal to end for an end', async () => {
    await using forge = await gitlab()
    const message = 'Cannot transition status via :success from :canceled (Reason(s): …)'
    forge.decide(() => ({ status: 400, json: { message } }))
    expect(await tell(forge.url)).toMatchObject({ is: 'refused' })
  })

  test('reads what it says by field', async () => {
    await using forge = await gitlab()
    forge.decide(() => ({ status: 400, json: { message: { name: ['is too long'] } } }))
    expect(await tell(forge.url)).toEqual({
      is: 'refused',
      why: 'GitLab refused it (status 400). It said “{"name":["is too long"]}”.',
    })
  })
})

describe('reportToGitea', () => {
  const gitea = () => startFakeGitea({ token, repositories: { 'lumen/wallet': null } })
  const tell = (url: string, changes: Partial<CommitStatus> = {}, name = 'lumen/wallet') =>
    reportToGitea(target(`${url}/${name}.git`), status(changes))

  test.each([
    ['pending', 'pending'],
    ['running', 'pending'],
    ['success', 'success'],
    ['failure', 'failure'],
    ['error', 'error'],
    ['cancelled', 'failure'],
  ] satisfies [CommitState, string][])('says %s as %s, twice like once', async (state, said) => {
    await using forge = await gitea()
    expect(await tell(forge.url, { state })).toEqual({ is: 'told' })
    expect(await tell(forge.url, { state })).toEqual({ is: 'told' })
    expect(forge.shown('a'.repeat(40), 'oore/Main')).toBe(said)
    expect(forge.kept[0]).toMatchObject({
      repository: 'lumen/wallet',
      description: 'Succeeded in 2m 3s',
      url: 'https://oore.example.com/builds/1',
    })
    expect(forge.breaches).toEqual([])
  })

  test('finds the API of a Gitea that is served under a path', async () => {
    await using forge = await startFakeGitea({
      token,
      repositories: { 'lumen/wallet': null },
      prefix: '/tools/git',
    })
    expect(await tell(forge.url)).toEqual({ is: 'told' })
    expect(forge.url).toMatch(/\/tools\/git$/)
    expect(await tell(new URL(forge.url).origin)).toMatchObject({ is: 'refused' })
  })

  test('answers a wrong token, repository and address in words, once and for all', async () => {
    await using forge = await gitea()
    const wrong = target(`${forge.url}/lumen/wallet.git`)
    wrong.credential = { username: 'git', password: new Secret('another') }
    expect([
      await reportToGitea(wrong, status()),
      await tell(forge.url, {}, 'lumen/other'),
      await tell(forge.url, {}, 'wallet'),
    ]).toEqual([
      { is: 'refused', why: expect.stringContaining('Gitea does not accept the token') },
      { is: 'refused', why: expect.stringContaining('no such repository') },
      { is: 'refused', why: 'The clone address is not one of a repository on Gitea.' },
    ])
  })
})

describe('reportToBitbucket', () => {
  const bitbucket = () => startFakeBitbucket({ token, repositories: { 'lumen/wallet': null } })
  const tell = (url: string, changes: Partial<CommitStatus> = {}, name = 'lumen/wallet') =>
    reportToBitbucket(target(`${url}/${name}.git`), status(changes))

  test.each([
    ['pending', 'INPROGRESS'],
    ['running', 'INPROGRESS'],
    ['success', 'SUCCESSFUL'],
    ['failure', 'FAILED'],
    ['error', 'FAILED'],
    ['cancelled', 'STOPPED'],
  ] satisfies [CommitState, string][])('says %s as %s, twice like once', async (state, said) => {
    await using forge = await bitbucket()
    expect(await tell(forge.url, { state })).toEqual({ is: 'told' })
    expect(await tell(forge.url, { state })).toEqual({ is: 'told' })
    expect(forge.shown('a'.repeat(40), 'oore/Main')).toBe(said)
    expect(forge.kept[0]).toMatchObject({ repository: 'lumen/wallet', ref: 'main' })
    expect(forge.keys).toEqual(['oore/Main', 'oore/Main'])
    expect(forge.breaches).toEqual([])
  })

  test('shortens a long key to one that no other context has, and never the name', async () => {
    await using forge = await bitbucket()
    const long = `oore/${'Release of the wallet '.repeat(4)}`
    for (const context of [long, `${long}(ios)`, 'x'.repeat(40), long]) {
      expect(await tell(forge.url, { context, ref: null })).toEqual({ is: 'told' })
    }
    const [first, second, third, again] = forge.keys
    expect(first).toMatch(/^[0-9a-f]{40}$/)
    expect([again, third, first === second]).toEqual([first, 'x'.repeat(40), false])
    expect(forge.kept[0]).toMatchObject({ context: long, ref: null })
    expect(forge.breaches).toEqual([])
  })

  test('answers a wrong token, repository, commit and address in words', async () => {
    await using forge = await bitbucket()
    const wrong = target(`${forge.url}/lumen/wallet.git`)
    wrong.credential = { username: 'x-token-auth', password: new Secret('another') }
    expect([
      await reportToBitbucket(wrong, status()),
      await tell(forge.url, {}, 'lumen/other'),
      await tell(forge.url, { commit: 'abc' }),
      await tell(forge.url, {}, 'lumen/apps/wallet'),
    ]).toEqual([
      {
        is: 'refused',
        why: expect.stringMatching(/does not accept the token.*It said “Bad token/),
      },
      { is: 'refused', why: expect.stringContaining('It said “Repository lumen/other not found”') },
      { is: 'refused', why: expect.stringContaining('It said “Commit abc not found”') },
      { is: 'refused', why: 'The clone address is not one of a repository on Bitbucket.' },
    ])
  })
})
