import { expect, test } from 'vitest'
import { startOore } from '../support/oore.ts'

const pipeline = `
workflows:
  ios:
    name: iOS
    labels: [$CM_BRANCH-$PROJECT_BUILD_NUMBER]
    inputs:
      build-type: { description: Which, default: debug }
    working_directory: /Users/builder/clone/$FOLDER
    environment:
      groups: [signing]
      vars: { FOLDER: app }
    pre_clone_scripts:
      - name: Before
        script: ls -A; echo before
    scripts:
      - name: Where
        script: basename "$PWD"; echo $OORE_INPUT_BUILD_TYPE; echo $LEVEL
      - name: Only the app
        script: echo app
        when: { changeset: { includes: [app/] } }
      - name: Only the site
        script: echo site
        when: { changeset: { includes: [site/] } }
      - name: Only pull requests
        script: echo never
        when: { condition: event.pull_request or env.CM_TAG }
    publishing:
      email: { recipients: [a@example.com] }
`

test('a workflow with everything a runner carries out is shown step by step', async () => {
  await using oore = await startOore()
  const repo = await oore.repo({ 'oore.yaml': pipeline, 'app/x': '1', 'site/x': '1' })
  await oore.api('POST', '/variable-groups', { name: 'signing' })
  const level = { value: 'of the group', secret: false, group: 'signing' }
  await oore.api('PUT', '/variables/LEVEL', level)
  const first = await oore.ended(await repo.trigger({ workflow: 'ios' }))
  expect(first).toMatchObject({ status: 'success', labels: ['main-1'] })
  expect(first['pre_clone_steps']).toMatchObject([{ index: 0, name: 'Before', status: 'success' }])
  expect(await oore.log(first.id, 'pre-0')).toBe('before\n')
  expect(await oore.log(first.id, 0)).toBe('app\ndebug\nof the group\n')
  expect(await oore.log(first.id, 'finish')).toContain('Publishing was skipped: email.')
  expect(first.steps.map(({ status }) => status)).toEqual([
    ...['success', 'success', 'success', 'skipped'],
  ])

  repo.git.commit({ 'app/x': '2' })
  const second = await oore.ended(await repo.trigger({ workflow: 'ios' }))
  expect(second.steps.map(({ index, status }) => [index, status])).toEqual([
    [0, 'success'],
    [1, 'success'],
    [2, 'skipped'],
    [3, 'skipped'],
  ])
  expect(await oore.log(second.id, 2)).toMatch(/^This step was skipped: .*app\/x/)
  const all = await oore.api('GET', `/builds/${second.id}/logs`)
  expect(JSON.stringify(all.json)).toContain('pre-0')
}, 40_000)
