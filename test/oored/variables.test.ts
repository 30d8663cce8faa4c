import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startOore } from '../support/oore.ts'

const secret = 'kX9-deep?secret/of&the "group"'

test('a build gets what is stored for it, and its secret is nowhere to be read', async () => {
  await using oore = await startOore()
  const content = `
workflows:
  main:
    environment:
      name: production
      groups: [release]
      vars: { FROM_FILE: "file wins", URL: "https://ci.example/$PLAIN" }
    scripts:
      - name: Print
        script: |
          printf '%s\\n' "token=$TOKEN"
          echo "plain=$PLAIN level=$LEVEL file=$FROM_FILE url=$URL"
          printf %s "$TOKEN" | base64
          printf %s "x:$TOKEN" | base64 | sed 's/......./&\\n/g' | tr -d '\\n'; echo
          sleep 1 & ps -ef > /dev/null; cat /proc/$!/cmdline | tr '\\0' ' '; wait
          echo "<testsuite><testcase name='t'><failure message='$TOKEN'/></testcase></testsuite>" > report.xml
          echo x > "out-$(printf %s "$TOKEN" | md5sum | cut -c1-6).txt"
          echo "$TOKEN" >&2
        test_report: report.xml
      - name: Fail with it
        script: exit 3
    artifacts: ['out-*.txt']
`
  const repo = await oore.repo({ 'oore.yaml': content })
  const put = async (name: string, body: Record<string, unknown>) => {
    const { status, json } = await oore.api('PUT', `/variables/${name}`, body)
    expect([status, json]).toEqual([200, expect.objectContaining({ name })])
    return json as { value: string | null }
  }
  const of = { repository_id: repo.id }
  expect((await oore.api('POST', '/variable-groups', { name: 'release' })).status).toBe(201)
  await put('LEVEL', { value: 'organization', secret: false })
  await put('LEVEL', { value: 'group', secret: false, group: 'release' })
  await put('LEVEL', { ...of, value: 'repository', secret: false })
  await put('PLAIN', { value: 'for-all', secret: false, group: 'release' })
  await put('PLAIN', {
    value: 'for-production',
    secret: false,
    group: 'release',
    environment: 'production',
  })
  await put('FROM_FILE', { value: 'stored', secret: false })
  expect((await put('TOKEN', { value: secret, group: 'release' })).value).toBeNull()

  const build = await oore.ended(await repo.trigger())
  const log = await oore.log(build.id, 0)
  expect(build.status, log).toBe('failure')
  expect(log).toContain('token=***')
  expect(log).toContain(
    'plain=for-production level=repository file=file wins url=https://ci.example/for-production',
  )
  const encoded = Buffer.from(secret).toString('base64')
  const everything = [
    log,
    JSON.stringify(build),
    JSON.stringify((await oore.api('GET', `/builds/${build.id}/tests`)).json),
    JSON.stringify((await oore.api('GET', '/variable-groups')).json),
    oore.said,
  ].join('\\n')
  for (const form of [secret, encoded.slice(0, -4), JSON.stringify(secret).slice(1, -1)]) {
    expect(everything.includes(form), form).toBe(false)
  }
  // Whatever the server and the runner have written; the clone is the author's own doing.
  const clone = join(oore.dataDir, 'workspaces', build.id, 'clone')
  for (const path of filesIn(oore.dataDir).filter((each) => !each.startsWith(clone))) {
    expect(readFileSync(path).includes(secret), path).toBe(false)
  }
}, 60_000)

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
