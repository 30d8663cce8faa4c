import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import { scms } from '../../src/scm/index.ts'
import { startFakeGithub } from '../support/fake-forges/github.ts'
import { startFakeGitlab } from '../support/fake-forges/gitlab.ts'
import { type Forge, payloadText } from '../support/payloads.ts'
import { ask, startReceiver, type Taken } from './asking.ts'

/*
 * What the fakes send is held against payloads as the forges really sent them: no field that those
 * do not have, and each is understood as what it is.
 */

/** Every path of names in it that leads to a value; lists are looked into by their first. */
function pathsIn(value: unknown, above = ''): string[] {
  if (Array.isArray(value)) return pathsIn(value[0], `${above}[]`)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    `${above}.${name}`,
    ...pathsIn(inner, `${above}.${name}`),
  ])
}

// The recorded ones are of repository webhooks, and of an App with other permissions.
const ofApps = /^\.installation(\.client_id)?$|\.permissions\.\w+$/

function invented(forge: Forge, name: string, body: string): string[] {
  const real = JSON.parse(payloadText(forge, name)) as unknown
  const known = new Set(pathsIn(real))
  // Where the recorded one has nothing, or an empty list, its fields cannot be known.
  const isKnowable = (path: string) => {
    const above = path.slice(0, path.lastIndexOf('.'))
    return above === '' || pathsIn(real, '').some((one) => one.startsWith(`${above}.`))
  }
  return pathsIn(JSON.parse(body)).filter(
    (path) => isKnowable(path) && !known.has(path) && !ofApps.test(path),
  )
}

const readAs = (forge: Forge, { headers, body }: Taken, secret: string) => {
  const scm = scms.find(({ key }) => key === forge)
  const reading = scm?.readHook({ headers, body: Buffer.from(body), secret: new Secret(secret) })
  return reading?.is === 'verified' ? reading.happened : reading
}

describe('GitHub', () => {
  async function told() {
    const receiver = await startReceiver()
    const github = await startFakeGithub()
    github.addOrg('lumen')
    const wallet = github.addRepository('lumen/wallet')
    const app = github.addApp(
      {
        name: 'Oore',
        url: 'https://ci.example.com',
        hook_attributes: { url: receiver.url },
        default_permissions: { contents: 'read', pull_requests: 'read', checks: 'write' },
        default_events: ['push', 'pull_request', 'check_run', 'check_suite', 'repository'],
      },
      'lumen',
    )
    const installation = github.install(app, 'lumen', [wallet])
    const read = () => readAs('github', receiver.taken.at(-1)!, app.webhookSecret ?? '')
    const last = () => receiver.taken.at(-1)!.body
    const stop = async () => {
      await github[Symbol.asyncDispose]()
      await receiver[Symbol.asyncDispose]()
    }
    return { github, wallet, installation, read, last, [Symbol.asyncDispose]: stop }
  }

  test('pushes are as GitHub sends them', async () => {
    await using here = await told()
    const { github, wallet, read, last } = here
    const { after } = await github.push(wallet, { files: { 'a.txt': 'a' }, message: 'Say <a>' })
    expect(invented('github', 'push', last())).toEqual([])
    expect(read()).toMatchObject({ is: 'push', branch: 'main', commit: after })
    await github.push(wallet, { from: after, files: { 'b.txt': 'b' } })
    const forced = await github.push(wallet, { from: after, files: { 'c.txt': 'c' } })
    expect(JSON.parse(last())).toMatchObject({ forced: true, after: forced.after })
    expect(invented('github', 'push.forced', last())).toEqual([])
    await github.setRef(wallet, 'refs/tags/v1', after)
    expect(read()).toMatchObject({ is: 'tag', tag: 'v1', commit: after })
    await github.setRef(wallet, 'refs/tags/v1', null)
    expect(invented('github', 'push.tag-deleted', last())).toEqual([])
    expect(JSON.parse(last())).toMatchObject({ deleted: true, head_commit: null, commits: [] })
  })

  test('pull requests are as GitHub sends them', async () => {
    await using here = await told()
    const { github, wallet, read, last } = here
    const { pull } = await github.openPull(wallet, { branch: 'x', fork: 'passer-by' })
    expect(invented('github', 'pull_request.opened.fork', last())).toEqual([])
    expect(read()).toMatchObject({ is: 'pull_request', action: 'opened', fromFork: true })
    await github.push(github.repository('passer-by/wallet'), { branch: 'x', files: { b: 'b' } })
    expect(invented('github', 'pull_request.synchronize', last())).toEqual([])
    await github.changePull(pull, 'labeled', { label: 'build' })
    expect(invented('github', 'pull_request.labeled', last())).toEqual([])
    github.dropFork(pull)
    await github.changePull(pull, 'closed')
    expect(invented('github', 'pull_request.opened.deleted-fork', last())).toEqual([])
  })

  test('what happens to Apps and checks is as GitHub sends it', async () => {
    await using here = await told()
    const { github, wallet, installation, last } = here
    await github.changeInstallation(installation, 'created')
    expect(invented('github', 'installation.created', last())).toEqual([])
    const { after } = await github.push(wallet)
    const token = github.token(installation)
    const path = `${github.apiUrl}/repos/lumen/wallet/check-runs`
    await ask('POST', path, { token, body: { name: 'oore', head_sha: after } })
    await github.rerun(github.world.checkRuns[0]!)
    expect(invented('github', 'check_run.rerequested', last())).toEqual([])
    await github.changeRepository(wallet, { name: 'purse' })
    expect(JSON.parse(last())).toMatchObject({
      action: 'renamed',
      changes: { repository: { name: { from: 'wallet' } } },
      repository: { id: wallet.id, full_name: 'lumen/purse' },
    })
  })
})

describe('GitLab', () => {
  test('pushes and merge requests are as GitLab sends them', async () => {
    await using receiver = await startReceiver()
    await using gitlab = await startFakeGitlab({ token: 'glpat' })
    const wallet = gitlab.addProject('lumen/apps/wallet')
    gitlab.addPerson('ines')
    await ask('POST', `${gitlab.apiUrl}/projects/${wallet.id}/hooks`, {
      token: 'glpat',
      body: {
        url: receiver.url,
        token: 'secret',
        tag_push_events: true,
        merge_requests_events: true,
      },
    })
    const last = () => receiver.taken.at(-1)!.body
    const read = () => readAs('gitlab', receiver.taken.at(-1)!, 'secret')
    const { after } = await gitlab.push(wallet, { files: { 'a.txt': 'a' }, by: 'ines' })
    expect(invented('gitlab', 'push', last())).toEqual([])
    expect(read()).toMatchObject({ is: 'push', branch: 'main', commit: after })
    await gitlab.setRef(wallet, 'refs/tags/v1', after)
    expect(invented('gitlab', 'tag_push', last())).toEqual([])
    expect(read()).toMatchObject({ is: 'tag', tag: 'v1', commit: after })
    const { merge } = await gitlab.openMerge(wallet, { branch: 'x', fork: 'passer-by' })
    expect(invented('gitlab', 'merge_request.open.fork', last())).toEqual([])
    expect(read()).toMatchObject({ is: 'pull_request', action: 'opened', fromFork: true })
    await gitlab.push(gitlab.project('passer-by/wallet'), { branch: 'x', files: { b: 'b' } })
    expect(invented('gitlab', 'merge_request.update', last())).toEqual([])
    await gitlab.changeMerge(merge, 'update', { labels: ['build'] })
    expect(invented('gitlab', 'merge_request.update.labels', last())).toEqual([])
    merge.draft = true
    await gitlab.changeMerge(merge, 'update', { draft: false })
    expect(invented('gitlab', 'merge_request.update.ready', last())).toEqual([])
    expect(read()).toMatchObject({ is: 'pull_request', action: 'ready', labels: ['build'] })
    expect(gitlab.breaches).toEqual([])
  })
})
