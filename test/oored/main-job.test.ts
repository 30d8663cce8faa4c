import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { startOore, workflow } from '../support/oore.ts'

describe('the main job', () => {
  test('a push becomes a build with logs and artifacts', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({
      'oore.yaml': `
workflows:
  test:
    name: Test and package
    triggering:
      events: [push]
    environment:
      vars:
        FLUTTER_VERSION: 3.10
    scripts:
      - name: Say hello
        script: |
          echo "hello $FLUTTER_VERSION from $OORE_BRANCH"
          echo "to stderr" >&2
      - mkdir out && printf 'bytes' > out/app.apk
    artifacts:
      - out/*.apk
      - nothing/*.ipa
`,
    })
    const delivery = await repo.push()
    expect(delivery).toMatchObject({ status: 'processed' })
    expect(delivery.build_ids).toHaveLength(1)

    const build = await oore.ended(delivery.build_ids[0]!)
    expect(build).toMatchObject({
      number: 1,
      status: 'success',
      trigger_type: 'push',
      config_source: 'repository',
      commit_sha: repo.git.head(),
      branch: 'main',
      failure_kind: null,
    })
    expect(build.steps).toMatchObject([
      { index: 0, name: 'Say hello', status: 'success', exit_code: 0 },
      { index: 1, status: 'success', exit_code: 0 },
    ])
    expect(await oore.log(build.id, 0, 'stdout')).toBe('hello 3.10 from main\n')
    expect(await oore.log(build.id, 0, 'stderr')).toBe('to stderr\n')
    expect(build.artifacts).toMatchObject([
      { name: 'app.apk', path: 'out/app.apk', size_bytes: 5, sha256: sha256('bytes') },
    ])
    const { json: bytes, headers } = await oore.api('GET', `/builds/${build.id}/artifacts/app.apk`)
    expect(bytes).toBe('bytes')
    expect(headers.get('etag')).toContain(sha256('bytes'))
  })

  test('a red step stops the ones after it', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('exit 3', 'echo never') })
    const build = await oore.ended(await repo.trigger())
    expect(build).toMatchObject({ status: 'failure', failure_kind: 'step', trigger_type: 'api' })
    expect(build.steps).toMatchObject([
      { status: 'failure', exit_code: 3 },
      { status: 'skipped', exit_code: null },
    ])
    expect(build.error_message).toMatch(/exit code 3/)
  })

  test('a commit without a configuration is told what to write', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'README.md': 'nothing else' })
    const build = await oore.ended(await repo.trigger())
    expect(build).toMatchObject({ status: 'success', config_source: 'default' })
    expect(await oore.log(build.id, 0)).toContain('oore.yaml')
  })

  test('the stored configuration goes before the file of the repository', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('echo from the file') })
    const path = `/repositories/${repo.id}/pipeline`
    const content = workflow('echo from the database')
    expect((await oore.api('PUT', path, { format: 'yaml', content })).status).toBe(200)
    const build = await oore.ended(await repo.trigger())
    expect(build.config_source).toBe('database')
    expect(await oore.log(build.id, 0)).toBe('from the database\n')
    expect((await oore.api('DELETE', path)).status).toBe(204)
    const next = await oore.ended(await repo.trigger())
    expect(next.config_source).toBe('repository')
    expect(await oore.log(next.id, 0)).toBe('from the file\n')
  })

  test('a configuration with mistakes becomes a build that says where they are', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': 'workflows:\n  test:\n    scripts: {}\n' })
    const build = await oore.build(await repo.trigger())
    expect(build).toMatchObject({ status: 'failure', failure_kind: 'config' })
    expect(build.error_message).toContain('oore.yaml:3:')
  })

  test('a branch whose name is a shell command is only a name', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('printf %s "$OORE_BRANCH"') })
    const name = "$(touch${IFS}MARK);a'b`id`"
    repo.git.branch(name)
    const build = await oore.ended(await repo.trigger({ branch: name }))
    expect(build.status).toBe('success')
    expect(await oore.log(build.id, 0)).toBe(name)
  })

  test('a build sees its own variables and nothing of the server', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('env') })
    const build = await oore.ended(await repo.trigger())
    const seen = await oore.log(build.id, 0)
    expect(seen).toContain(`OORE_BUILD_ID=${build.id}\n`)
    expect(seen).toContain('CM_BRANCH=main\n')
    expect(seen).toContain('CI=true\n')
    for (const hidden of ['ENCRYPTION_KEY', 'OORE_ADMIN_TOKEN', 'OORE_DATA_DIR', oore.token]) {
      expect(seen).not.toContain(hidden)
    }
  })
})

describe('deliveries', () => {
  test('the same delivery twice is one build', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('true') })
    const body = { ref: 'refs/heads/main', before: '0'.repeat(40), after: repo.git.head() }
    const first = await repo.hook(body, { delivery: 'one' })
    const second = await repo.hook(body, { delivery: 'one' })
    expect(first).toMatchObject({ status: 202, json: { status: 'accepted' } })
    expect(second).toMatchObject({ status: 200, json: { status: 'duplicate' } })
    await oore.until(async () => {
      const { json } = await oore.api('GET', '/builds')
      expect(json.data).toHaveLength(1)
    })
  })

  test('a wrong signature is refused, recorded, and never processed', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('true') })
    const body = { ref: 'refs/heads/main', before: '0'.repeat(40), after: repo.git.head() }
    expect((await repo.hook(body, { secret: 'another-secret-entirely' })).status).toBe(401)
    const { json } = await oore.api('GET', '/webhooks/events')
    expect(json.data).toMatchObject([{ status: 'rejected', build_ids: [] }])
    expect((await oore.api('POST', `/webhooks/events/${json.data[0].id}/redeliver`)).status).toBe(
      409,
    )
    expect((await oore.api('GET', '/builds')).json.data).toEqual([])
  })

  test('a push that no workflow listens to ends with the reason', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({
      'oore.yaml': `
workflows:
  release:
    triggering:
      events: [push]
      branch_patterns: [{pattern: 'release/*'}]
    scripts: ['true']
`,
    })
    const delivery = await repo.push()
    expect(delivery).toMatchObject({ status: 'ignored', build_ids: [] })
    expect(delivery.reason).toContain('branch patterns')
  })

  test('a push shows the errors of one workflow, and the others run', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({
      'oore.yaml': `
workflows:
  good:
    triggering: {events: [push]}
    scripts: ['true']
  bad:
    triggering: {events: [push]}
    scripts: [{name: [x]}]
`,
    })
    const { build_ids: ids, reason } = await repo.push()
    const builds = await Promise.all(ids.map((id) => oore.ended(id)))
    expect(builds).toMatchObject([
      { workflow: 'good', status: 'success' },
      { workflow: 'configuration', status: 'failure', failure_kind: 'config' },
    ])
    expect(reason).toContain('bad was not started')
    const named = await oore.api('POST', `/repositories/${repo.id}/trigger`, { workflow: 'bad' })
    expect(named).toMatchObject({ status: 422, json: { status: 422 } })
    expect(named.json.detail).toContain('has errors')
  })

  test('cancel_previous_builds ends the older build of the branch', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({
      'oore.yaml': `
workflows:
  test:
    triggering: {events: [push], cancel_previous_builds: true}
    scripts: ['if [ "$PROJECT_BUILD_NUMBER" = 1 ]; then exec sleep 1000; fi']
`,
    })
    const first = (await repo.push()).build_ids[0]!
    const second = (await repo.push()).build_ids[0]!
    expect((await oore.ended(second)).status).toBe('success')
    expect(await oore.ended(first)).toMatchObject({ status: 'cancelled' })
  })
})

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
