import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { notPublished, notSetUp } from '../../src/runner/not-carried-out.ts'
import { testPlan } from '../support/plan.ts'
import { startBuild } from './support.ts'

const everything = `
workflows:
  main:
    integrations:
      app_store_connect: My key
    environment:
      groups: [signing, google play]
      ios_signing:
        distribution_type: app_store
        bundle_identifier: com.example.app
      android_signing: [upload_key]
    cache:
      cache_paths: [~/.gradle/caches, ~/.pub-cache, $HOME/Library/Caches/CocoaPods]
    scripts: ['true']
    publishing:
      email: { recipients: [a@example.com] }
      slack: { channel: '#builds' }
      scripts: ['true']
      app_store_connect: { auth: integration }
      google_play: { credentials: $GOOGLE, track: internal }
      firebase: { firebase_token: $TOKEN, android: { app_id: x, groups: [a] } }
      tester_groups: [QA]
      partner_center: { store_id: a, tenant_id: b, client_id: c, client_secret: $SECRET }
`

const planOf = (yaml: string) => {
  const workflow = readPipeline(yaml, 'yaml').pipeline?.workflows[0]
  if (workflow === undefined) throw new Error('no workflow')
  return makePlan(workflow)
}

describe('what a plan asks for and does not get', () => {
  test('is said in the log, once, by its name', async () => {
    const { publishing, groups, signing, cachePaths, integrations } = planOf(everything)
    using build = startBuild({
      steps: ['true'],
      plan: { publishing, groups, signing, cachePaths, integrations },
      warnings: ['The integration "ours" is not known here.'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[0]?.stderr.split('\n')).toEqual([
      'The cache of 3 paths was not restored: this version of Oore keeps none.',
      'The integration "ours" is not known here.',
      expect.stringMatching(/^Nothing was installed for ios_signing: /),
      expect.stringMatching(/^Nothing was installed for android_signing \(.*upload_key.*\): /),
      '',
    ])
    const { stderr } = build.steps[2] ?? { stderr: '' }
    expect(stderr).toBe(
      'Publishing was skipped: email, slack, scripts, app_store_connect, google_play, firebase, ' +
        'tester_groups, partner_center. This version of Oore does not publish yet.\n',
    )
  })

  test('says nothing where nothing was asked for', () => {
    expect(notSetUp(testPlan())).toEqual([])
    expect(notPublished(null)).toBe(null)
    expect(notPublished(planOf(everything.replace(/ {4}publishing[^]*/, '')).publishing)).toBe(null)
  })

  test.each([
    ['mac_mini_m2', 'linux', true],
    ['linux_x2', 'darwin', true],
    ['windows_x2', 'linux', true],
    ['mac_pro', 'darwin', false],
    ['linux', 'linux', false],
    ['$MACHINE', 'linux', false],
  ])('a workflow for %s on %s is said to be for another system: %s', (instanceType, on, said) => {
    expect(notSetUp(testPlan({ instanceType }), on).length > 0).toBe(said)
  })

  test('one of a kind is spoken of as one', () => {
    const said = notSetUp(testPlan({ cachePaths: ['x'] }))
    expect(said[0]).toContain('The cache of 1 path was not restored')
  })
})
