import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startFakeGithub } from '../support/fake-forges/github.ts'
import { forgeToken } from '../support/forge-builds.ts'
import { startOore, workflow } from '../support/oore.ts'
import { makeRepo } from '../support/repo.ts'

test('a server that is killed tells the forge at its next start how the build ended', async () => {
  await using oore = await startOore()
  const go = join(oore.home, 'go')
  using repo = makeRepo({ 'oore.yaml': workflow(`until [ -e ${go} ]; do sleep 0.02; done`) })
  const name = 'lumen/wallet'
  await using forge = await startFakeGithub({ token: forgeToken })
  forge.addRepository(name, { dir: join(repo.dir, '.git') })
  const { json } = await oore.api('POST', '/repositories', {
    provider: 'github',
    clone_url: `${forge.url}/${name}.git`,
    clone_password: forgeToken,
  })
  forge.decide(() => 'held')
  const started = await oore.api('POST', `/repositories/${json.id}/trigger`, {})
  expect(started.status).toBe(201)
  const { id, commit_sha: sha } = started.json
  await oore.until(() => expect(forge.asked).toHaveLength(1))
  await oore.until(async () => expect((await oore.build(id)).status).toBe('running'))
  await oore.stop('SIGKILL')
  writeFileSync(go, '')
  forge.decide(() => 'answered')
  await oore.start()
  expect((await oore.ended(id)).status).toBe('success')
  await oore.until(() => expect(forge.shown(sha, 'oore/test')).toBe('success'), 15_000)
  expect(forge.kept.at(-1)?.url).toBe(`${oore.url}/builds/${id}`)
  expect(forge.breaches).toEqual([])
  await oore.until(async () => {
    const { json: reports } = await oore.api('GET', `/builds/${id}/status-reports`)
    expect(reports.data).toMatchObject([{ forge: 'github', told_state: 'success' }])
  })
}, 60_000)
