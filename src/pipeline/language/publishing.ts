import { below, error, pathOf, type Spot, warning } from '../findings.ts'
import type { MapNode, Node } from '../tree.ts'
import { scriptItems } from './script-items.ts'
import {
  key,
  list,
  map,
  mismatch,
  oneOf,
  orVariable,
  text,
  wholeNumber,
  yesOrNo,
  type Shape,
} from './shapes.ts'

const flag = orVariable(yesOrNo)

/** More than none of the users and fewer than all, as Google Play takes it. */
const fraction: Shape<number> = {
  wants: 'a number between 0 and 1',
  remedy: 'Write a number such as 0.25; for everybody leave the key out.',
  schema: { type: 'number', minimum: 0, maximum: 1 },
  read(node, spot) {
    if (node.kind === 'scalar' && node.open) return null
    const isNumber = node.kind === 'scalar' && /^\d*\.?\d+(e-?\d+)?$/i.test(node.text)
    const value = isNumber ? Number(node.text) : NaN
    return value > 0 && value < 1 ? value : mismatch(fraction, node, spot)
  },
}

/** ISO 8601 with its zone, whole hours: what App Store Connect takes as a release date. */
const releaseDate: Shape<string> = {
  wants: 'a time with its zone, such as 2027-01-15T09:00:00+00:00',
  remedy: 'Write it as 2027-01-15T09:00:00+00:00.',
  schema: text.schema,
  read(node, spot) {
    if (node.kind !== 'scalar') return mismatch(releaseDate, node, spot)
    const isTime = /^\d{4}-\d\d-\d\d[T ]\d\d:00(:00)?(\.0+)?(Z|[+-]\d\d:?\d\d)$/i.test(node.text)
    const isSound = node.open || node.text.startsWith('$') || isTime
    return isSound ? node.text : mismatch(releaseDate, node, spot)
  },
}

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
    keys: {
      recipients: key(
        list(text, '- team@example.com'),
        'Who gets the message. Variables are put in.',
        'recipients: [team@example.com]',
      ),
      notify: key(notify, 'When a message is sent.', 'notify: { success: false }'),
    },
  },
  '{ recipients: [team@example.com] }',
)

const slack = map(
  {
    called: 'slack',
    keys: {
      channel: key(text, 'The channel, with its `#`, in quotes.', "channel: '#builds'"),
      notify_on_build_start: key(flag, 'Also when a build starts.', 'notify_on_build_start: true'),
      notify: key(notify, 'When a message is sent.', 'notify: { failure: true }'),
    },
  },
  "{ channel: '#builds' }",
)

const appStoreConnect = map(
  {
    called: 'app_store_connect',
    keys: {
      auth: key(
        oneOf(['integration']),
        'Take the key that `integrations.app_store_connect` names.',
        'auth: integration',
      ),
      api_key: key(
        text,
        'The key itself, from a variable.',
        'api_key: $APP_STORE_CONNECT_PRIVATE_KEY',
      ),
      key_id: key(text, 'The key’s id.', 'key_id: $APP_STORE_CONNECT_KEY_IDENTIFIER'),
      issuer_id: key(text, 'Who issued the key.', 'issuer_id: $APP_STORE_CONNECT_ISSUER_ID'),
      submit_to_testflight: key(
        flag,
        'Hand the build to TestFlight review.',
        'submit_to_testflight: true',
      ),
      expire_build_submitted_for_review: key(
        flag,
        'Expire the build that waits for review already.',
        'expire_build_submitted_for_review: true',
      ),
      beta_groups: key(
        list(text, '- Testers'),
        'The TestFlight groups that get the build.',
        'beta_groups: [Testers]',
      ),
      submit_to_app_store: key(
        flag,
        'Hand the build to App Store review.',
        'submit_to_app_store: true',
      ),
      cancel_previous_submissions: key(
        flag,
        'Take back what waits for review.',
        'cancel_previous_submissions: true',
      ),
      release_type: key(
        orVariable(oneOf(['MANUAL', 'AFTER_APPROVAL', 'SCHEDULED'])),
        'When the version is released after its approval. `MANUAL` where nothing is written.',
        'release_type: AFTER_APPROVAL',
      ),
      earliest_release_date: key(
        releaseDate,
        'Only with `release_type: SCHEDULED`: a time with its zone, in whole hours.',
        "earliest_release_date: '2027-01-15T09:00:00+00:00'",
      ),
      copyright: key(text, 'The copyright line of the version.', 'copyright: 2027 Example Ltd'),
      phased_release: key(flag, 'Release to more users day by day.', 'phased_release: true'),
      app_specific_password: key(
        text,
        'The old way to sign in, together with `apple_id`.',
        'app_specific_password: $APP_SPECIFIC_PASSWORD',
      ),
      apple_id: key(text, 'The old way to sign in.', 'apple_id: $APPLE_ID'),
    },
    elsewhere: { password: { remedy: 'Write "app_specific_password".' } },
  },
  '{ auth: integration }',
)

const promotion = map(
  {
    called: 'release_promotion',
    keys: {
      track: key(text, 'The track to promote to.', 'track: beta'),
      rollout_fraction: key(
        orVariable(fraction),
        'To what part of the users.',
        'rollout_fraction: 0.5',
      ),
      promote_as_draft: key(flag, 'As a draft.', 'promote_as_draft: true'),
    },
    required: { track: 'Write "track:" and the track to promote to.' },
  },
  '{ track: beta }',
)

const googlePlay = map(
  {
    called: 'google_play',
    keys: {
      credentials: key(
        text,
        'The service account’s JSON, from a variable.',
        'credentials: $GOOGLE_PLAY_SERVICE_ACCOUNT_CREDENTIALS',
      ),
      track: key(
        text,
        'The track: `internal`, `alpha`, `beta`, `production`, one of your own, `wear:` and a track, or `internal app sharing`.',
        'track: internal',
      ),
      release_name: key(text, 'What the release is called.', 'release_name: $CM_TAG'),
      in_app_update_priority: key(
        orVariable(wholeNumber(0, 5, '')),
        'How urgent the update is, from 0 to 5.',
        'in_app_update_priority: 3',
      ),
      rollout_fraction: key(
        orVariable(fraction),
        'To what part of the users, between 0 and 1.',
        'rollout_fraction: 0.25',
      ),
      changes_not_sent_for_review: key(
        flag,
        'Do not hand the changes to review.',
        'changes_not_sent_for_review: true',
      ),
      submit_as_draft: key(
        flag,
        'As a draft. Not with `rollout_fraction`.',
        'submit_as_draft: true',
      ),
      release_promotion: key(
        promotion,
        'Also promote the release to another track.',
        'release_promotion: { track: beta }',
      ),
    },
  },
  '{ credentials: $GOOGLE_PLAY_SERVICE_ACCOUNT_CREDENTIALS, track: internal }',
)

const firebaseApp = {
  app_id: key(text, 'The app’s id in Firebase.', "app_id: '1:123:android:abc'"),
  groups: key(list(text, '- testers'), 'The groups that get the build.', 'groups: [testers]'),
}
const requiredApp = { app_id: 'Write "app_id:" with the app’s id in Firebase.' }

const firebase = map(
  {
    called: 'firebase',
    keys: {
      firebase_service_account: key(
        text,
        'The service account’s JSON, from a variable.',
        'firebase_service_account: $FIREBASE_SERVICE_ACCOUNT',
      ),
      firebase_token: key(text, 'A token, the older way.', 'firebase_token: $FIREBASE_TOKEN'),
      android: key(
        map(
          {
            called: 'android of firebase',
            keys: {
              ...firebaseApp,
              artifact_type: key(
                oneOf(['apk', 'aab']),
                'Which of the two is sent; the bundle where both are there.',
                'artifact_type: apk',
              ),
            },
            required: requiredApp,
          },
          "{ app_id: '1:123:android:abc' }",
        ),
        'The Android app.',
        "android: { app_id: '1:123:android:abc' }",
      ),
      ios: key(
        map(
          { called: 'ios of firebase', keys: firebaseApp, required: requiredApp },
          "{ app_id: '1:123:ios:abc' }",
        ),
        'The iOS app.',
        "ios: { app_id: '1:123:ios:abc' }",
      ),
    },
  },
  '{ firebase_service_account: $FIREBASE_SERVICE_ACCOUNT }',
)

const partnerCenter = map(
  {
    called: 'partner_center',
    keys: {
      store_id: key(text, 'The app in the Microsoft Store.', 'store_id: 9NBLGGH4R315'),
      tenant_id: key(text, 'The tenant.', 'tenant_id: $PARTNER_CENTER_TENANT_ID'),
      client_id: key(text, 'The client.', 'client_id: $PARTNER_CENTER_CLIENT_ID'),
      client_secret: key(
        text,
        'Its secret, from a variable.',
        'client_secret: $PARTNER_CENTER_CLIENT_SECRET',
      ),
    },
    required: { store_id: 'Write "store_id:" with the app’s id in the Microsoft Store.' },
  },
  '{ store_id: 9NBLGGH4R315 }',
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
    if (!hasKey) tellWithout(node, spot, ['auth'], 'nobody can sign in to App Store Connect')
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

function tellWithout(node: MapNode, spot: Spot, names: string[], consequence: string) {
  for (const name of names) {
    if (valueOf(node, name) !== null) continue
    const message = `${pathOf(spot.trail)} has no ${name}: ${consequence}.`
    warning(spot, node.at, message, `Write "${name}:" in it.`)
  }
}

function valueOf(node: MapNode, name: string): Node | null {
  const value = node.entries.find((entry) => entry.key === name)?.value
  return value === undefined || value.kind === 'null' ? null : value
}
