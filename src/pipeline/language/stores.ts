import {
  key,
  list,
  map,
  mismatch,
  oneOf,
  orInput,
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
  schema: orInput(
    { type: 'number', minimum: 0, maximum: 1 },
    { type: 'string', pattern: '^[0-9]*[.]?[0-9]+([eE]-?[0-9]+)?$' },
  ),
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

export const appStoreConnect = map(
  {
    called: 'app_store_connect',
    keys: {
      auth: key(
        oneOf(['integration'], {
          api_key: 'Remove "auth", and write "api_key", "key_id" and "issuer_id".',
        }),
        'Take the key that `integrations.app_store_connect` names.',
        'auth: integration',
        ['integrations'],
      ),
      api_key: key(
        text,
        'The key itself, from a variable.',
        'api_key: $APP_STORE_CONNECT_PRIVATE_KEY',
        ['key_id', 'issuer_id'],
      ),
      key_id: key(text, 'The key’s id.', 'key_id: $APP_STORE_CONNECT_KEY_IDENTIFIER', [
        'api_key',
        'issuer_id',
      ]),
      issuer_id: key(text, 'Who issued the key.', 'issuer_id: $APP_STORE_CONNECT_ISSUER_ID', [
        'api_key',
        'key_id',
      ]),
      submit_to_testflight: key(
        flag,
        'Hand the build to TestFlight review.',
        'submit_to_testflight: true',
        ['auth'],
      ),
      expire_build_submitted_for_review: key(
        flag,
        'Expire the build that waits for review already.',
        'expire_build_submitted_for_review: true',
        ['auth', 'submit_to_testflight'],
      ),
      beta_groups: key(
        list(text, '- Testers'),
        'The TestFlight groups that get the build.',
        'beta_groups: [Testers]',
        ['auth', 'submit_to_testflight'],
      ),
      submit_to_app_store: key(
        flag,
        'Hand the build to App Store review.',
        'submit_to_app_store: true',
        ['auth'],
      ),
      cancel_previous_submissions: key(
        flag,
        'Take back what waits for review.',
        'cancel_previous_submissions: true',
        ['auth', 'submit_to_app_store'],
      ),
      release_type: key(
        orVariable(oneOf(['MANUAL', 'AFTER_APPROVAL', 'SCHEDULED'])),
        'When the version is released after its approval. `MANUAL` where nothing is written.',
        'release_type: SCHEDULED',
        ['auth', 'submit_to_app_store', 'earliest_release_date'],
      ),
      earliest_release_date: key(
        releaseDate,
        'Only with `release_type: SCHEDULED`: a time with its zone, in whole hours.',
        "earliest_release_date: '2027-01-15T09:00:00+00:00'",
        ['auth', 'submit_to_app_store', 'release_type'],
      ),
      copyright: key(text, 'The copyright line of the version.', 'copyright: 2027 Example Ltd', [
        'auth',
        'submit_to_app_store',
      ]),
      phased_release: key(flag, 'Release to more users day by day.', 'phased_release: true', [
        'auth',
        'submit_to_app_store',
      ]),
      app_specific_password: key(
        text,
        'The old way to sign in, together with `apple_id`.',
        'app_specific_password: $APP_SPECIFIC_PASSWORD',
        ['apple_id'],
      ),
      apple_id: key(text, 'The old way to sign in.', 'apple_id: $APPLE_ID', [
        'app_specific_password',
      ]),
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

export const googlePlay = map(
  {
    called: 'google_play',
    keys: {
      credentials: key(
        text,
        'The service account’s JSON, from a variable.',
        'credentials: $GOOGLE_PLAY_SERVICE_ACCOUNT_CREDENTIALS',
        ['track'],
      ),
      track: key(
        text,
        'The track: `internal`, `alpha`, `beta`, `production`, one of your own, `wear:` and a track, or `internal app sharing`.',
        'track: internal',
        ['credentials'],
      ),
      release_name: key(text, 'What the release is called.', 'release_name: $CM_TAG', [
        'credentials',
        'track',
      ]),
      in_app_update_priority: key(
        orVariable(wholeNumber(0, 5, '')),
        'How urgent the update is, from 0 to 5.',
        'in_app_update_priority: 3',
        ['credentials', 'track'],
      ),
      rollout_fraction: key(
        orVariable(fraction),
        'To what part of the users, between 0 and 1.',
        'rollout_fraction: 0.25',
        ['credentials', 'track'],
      ),
      changes_not_sent_for_review: key(
        flag,
        'Do not hand the changes to review.',
        'changes_not_sent_for_review: true',
        ['credentials', 'track'],
      ),
      submit_as_draft: key(
        flag,
        'As a draft. Not with `rollout_fraction`.',
        'submit_as_draft: true',
        ['credentials', 'track'],
      ),
      release_promotion: key(
        promotion,
        'Also promote the release to another track.',
        'release_promotion: { track: beta }',
        ['credentials', 'track'],
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

export const firebase = map(
  {
    called: 'firebase',
    keys: {
      firebase_service_account: key(
        text,
        'The service account’s JSON, from a variable.',
        'firebase_service_account: $FIREBASE_SERVICE_ACCOUNT',
        ['android'],
      ),
      firebase_token: key(text, 'A token, the older way.', 'firebase_token: $FIREBASE_TOKEN', [
        'ios',
      ]),
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
        ['firebase_service_account'],
      ),
      ios: key(
        map(
          { called: 'ios of firebase', keys: firebaseApp, required: requiredApp },
          "{ app_id: '1:123:ios:abc' }",
        ),
        'The iOS app.',
        "ios: { app_id: '1:123:ios:abc' }",
        ['firebase_service_account'],
      ),
    },
  },
  '{ firebase_service_account: $FIREBASE_SERVICE_ACCOUNT }',
)

export const partnerCenter = map(
  {
    called: 'partner_center',
    keys: {
      store_id: key(text, 'The app in the Microsoft Store.', 'store_id: 9NBLGGH4R315', [
        'tenant_id',
        'client_id',
        'client_secret',
      ]),
      tenant_id: key(text, 'The tenant.', 'tenant_id: $PARTNER_CENTER_TENANT_ID', [
        'client_id',
        'client_secret',
      ]),
      client_id: key(text, 'The client.', 'client_id: $PARTNER_CENTER_CLIENT_ID', [
        'tenant_id',
        'client_secret',
      ]),
      client_secret: key(
        text,
        'Its secret, from a variable.',
        'client_secret: $PARTNER_CENTER_CLIENT_SECRET',
        ['tenant_id', 'client_id'],
      ),
    },
    required: { store_id: 'Write "store_id:" with the app’s id in the Microsoft Store.' },
  },
  '{ store_id: 9NBLGGH4R315 }',
)
