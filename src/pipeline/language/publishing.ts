import { below, error, pathOf, type Spot, warning } from '../findings.ts'
import type { MapNode, Node } from '../tree.ts'
import { scriptItems } from './script-items.ts'
import { key, list, map, orVariable, text, yesOrNo, type Shape } from './shapes.ts'
import { appStoreConnect, firebase, googlePlay, partnerCenter } from './stores.ts'

const flag = orVariable(yesOrNo)

const notify = map(
  {
    called: 'notify',
    keys: {
      success: key(
        yesOrNo,
        'When a build succeeds. True where nothing is written.',
        'success: false',
      ),
      failure: key(yesOrNo, 'When a build fails. True where nothing is written.', 'failure: true'),
    },
    elsewhere: {
      on_build_success: { remedy: 'Write "success".' },
      on_build_failure: { remedy: 'Write "failure".' },
      on_success: { remedy: 'Write "success".' },
      on_failure: { remedy: 'Write "failure".' },
    },
  },
  '{ success: true, failure: false }',
)

const email = map(
  {
    called: 'email',
    mainList: 'recipients',
    keys: {
      recipients: key(
        list(text, '- team@example.com'),
        'Who gets the message. Variables are put in.',
        'recipients: [team@example.com]',
      ),
      notify: key(notify, 'When a message is sent.', 'notify: { success: false }', ['recipients']),
    },
  },
  '{ recipients: [team@example.com] }',
)

const slack = map(
  {
    called: 'slack',
    keys: {
      channel: key(text, 'The channel, with its `#`, in quotes.', "channel: '#builds'"),
      notify_on_build_start: key(flag, 'Also when a build starts.', 'notify_on_build_start: true', [
        'channel',
      ]),
      notify: key(notify, 'When a message is sent.', 'notify: { success: false }', ['channel']),
    },
  },
  "{ channel: '#builds' }",
)

const publishingMap = map(
  {
    called: 'publishing',
    keys: {
      email: key(email, 'Messages by e-mail.', 'email: { recipients: [team@example.com] }'),
      slack: key(slack, 'Messages in Slack.', "slack: { channel: '#builds' }"),
      scripts: key(
        scriptItems,
        'Scripts that run after publishing, also when the build failed; not when it was cancelled.',
        'scripts: [./notify.sh]',
      ),
      app_store_connect: key(
        appStoreConnect,
        'TestFlight and the App Store.',
        'app_store_connect: { auth: integration, submit_to_testflight: true }',
        ['integrations'],
      ),
      google_play: key(
        googlePlay,
        'Google Play.',
        'google_play: { credentials: $GOOGLE_PLAY_SERVICE_ACCOUNT_CREDENTIALS, track: internal }',
      ),
      firebase: key(
        firebase,
        'Firebase App Distribution.',
        "firebase: { firebase_service_account: $FIREBASE_SERVICE_ACCOUNT, android: { app_id: '1:123:android:abc' } }",
      ),
      tester_groups: key(
        list(text, '- QA'),
        'Groups of testers who get the build by e-mail.',
        'tester_groups: [QA]',
      ),
      partner_center: key(
        partnerCenter,
        'The Microsoft Store.',
        'partner_center: { store_id: 9NBLGGH4R315 }',
      ),
    },
    elsewhere: {
      github: { remedy: 'Write a script with "gh release create".' },
      artifacts: { remedy: 'Move it out, directly into the workflow.' },
      expo: { remedy: 'Write a script that calls it.' },
    },
  },
  '{ email: { recipients: [team@example.com] } }',
)

/** What is published when a build has ended, and who hears of it. */
export type Publishing = Exclude<ReturnType<typeof publishingMap.read>, null>

/** `publishing`, with what its keys exclude. */
export const publishing: Shape<Publishing> = {
  ...publishingMap,
  read(node, spot) {
    const values = publishingMap.read(node, spot)
    if (values === null || node.kind !== 'map') return null
    for (const [name, check] of Object.entries(checks)) {
      const value = node.entries.find((entry) => entry.key === name)?.value
      if (value?.kind === 'map') check(value, below(spot, name))
    }
    return values
  },
}

const checks: Record<string, (node: MapNode, spot: Spot) => void> = {
  email: (node, spot) => tellWithout(node, spot, ['recipients'], 'nobody gets a message'),
  slack: (node, spot) => tellWithout(node, spot, ['channel'], 'no message is sent'),
  google_play(node, spot) {
    tellWithout(node, spot, ['credentials'], 'nothing can be published')
    const draft = valueOf(node, 'submit_as_draft')
    const rollout = valueOf(node, 'rollout_fraction')
    if (draft?.kind !== 'scalar' || /^(false|no|off)$/i.test(draft.text) || rollout === null) return
    const message = `${pathOf(spot.trail)} has both "submit_as_draft" and "rollout_fraction": a draft is rolled out to nobody.`
    error(below(spot, 'rollout_fraction'), rollout.at, message, 'Remove one of the two.')
  },
  app_store_connect(node, spot) {
    const date = valueOf(node, 'earliest_release_date')
    const type = valueOf(node, 'release_type')
    if (date !== null && !(type?.kind === 'scalar' && /^(SCHEDULED$|\$)/.test(type.text))) {
      const message = `${pathOf(spot.trail)} has "earliest_release_date", which only goes with "release_type: SCHEDULED".`
      error(
        below(spot, 'earliest_release_date'),
        date.at,
        message,
        'Write "release_type: SCHEDULED".',
      )
    }
    const hasKey = ['auth', 'api_key', 'apple_id'].some((name) => valueOf(node, name) !== null)
    if (!hasKey) {
      const remedy = 'Write "auth: integration", or "api_key" with "key_id" and "issuer_id".'
      tellWithout(node, spot, ['auth'], 'nobody can sign in to App Store Connect', remedy)
    }
    if (valueOf(node, 'api_key') !== null) {
      tellWithout(node, spot, ['key_id', 'issuer_id'], 'the key cannot be used')
    }
  },
  firebase(node, spot) {
    const hasKey = ['firebase_service_account', 'firebase_token'].some(
      (name) => valueOf(node, name) !== null,
    )
    if (!hasKey) tellWithout(node, spot, ['firebase_service_account'], 'nobody can sign in')
  },
}

function tellWithout(
  node: MapNode,
  spot: Spot,
  names: string[],
  consequence: string,
  remedy: string | null = null,
) {
  for (const name of names) {
    if (valueOf(node, name) !== null) continue
    const message = `${pathOf(spot.trail)} has no ${name}: ${consequence}.`
    warning(spot, node.at, message, remedy ?? `Write "${name}:" in it.`)
  }
}

function valueOf(node: MapNode, name: string): Node | null {
  const value = node.entries.find((entry) => entry.key === name)?.value
  return value === undefined || value.kind === 'null' ? null : value
}
