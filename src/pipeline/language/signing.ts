import { below, error, pathOf, type Spot } from '../findings.ts'
import type { MapNode, Node } from '../tree.ts'
import { either, key, list, map, oneOf, text, type Shape, type ValuesOf } from './shapes.ts'

const distributionTypes = ['app_store', 'ad_hoc', 'development', 'enterprise'] as const

/** Which certificates and profiles an iOS build is signed with: by what it is for, or by name. */
export type IosSigning =
  | { by: 'bundle'; distributionType: string; bundleIdentifier: string }
  | { by: 'reference'; profiles: SigningFile[]; certificates: SigningFile[] }

/** A stored file by its name, and the variable that is to hold its path where one is named. */
export type SigningFile = { reference: string; variable: string | null }

/** A stored keystore by its name, and the variables that are to hold what it opens with. */
export type AndroidSigning = {
  reference: string
  variables: {
    path: string | null
    storePassword: string | null
    keyAlias: string | null
    keyPassword: string | null
  }
}

const isMap = (node: Node): boolean => node.kind === 'map'
const isNoMap = (node: Node): boolean => !isMap(node) || isPlaceholder(node)

/** `{NAME}` is a mapping to YAML, and was meant as text. */
const isPlaceholder = (node: Node): boolean =>
  node.kind === 'map' &&
  node.flow &&
  node.entries.length === 1 &&
  node.entries[0]?.value.kind === 'null'

/** A stored file by name, alone or with the variable that is to hold its path. */
function signingFile(kind: 'profile' | 'certificate'): Shape<SigningFile> {
  const table = map(
    {
      called: `a ${kind}`,
      keys: {
        [kind]: key(text, `The name under which the ${kind} is stored.`, `${kind}: app_store`),
        environment_variable: key(
          text,
          'The variable that holds the path of the file.',
          'environment_variable: FILE_PATH',
        ),
      },
      required: { [kind]: `Write "${kind}:" with the name under which it is stored.` },
    },
    `{ ${kind}: app_store, environment_variable: FILE_PATH }`,
  )
  const shape = either(text, isNoMap, table)
  return {
    ...shape,
    read(node, spot) {
      const read = shape.read(node, spot)
      if (read === null) return null
      if (typeof read === 'string') return { reference: read, variable: null }
      const reference = read[kind] ?? null
      const variable = read['environment_variable'] ?? null
      return reference === null ? null : { reference, variable }
    },
  }
}

const iosSigningMap = map(
  {
    called: 'ios_signing',
    keys: {
      distribution_type: key(
        oneOf(distributionTypes),
        'What the app is signed for. Goes with `bundle_identifier`.',
        'distribution_type: app_store',
        ['bundle_identifier'],
      ),
      bundle_identifier: key(
        text,
        'The app’s identifier; it covers those of its extensions, which begin with it.',
        'bundle_identifier: com.example.app',
        ['distribution_type'],
      ),
      provisioning_profiles: key(
        list(signingFile('profile'), '- app_store_profile'),
        'Stored profiles by name. Goes with `certificates`, and not with the two keys above.',
        'provisioning_profiles: [app_store_profile]',
        ['certificates'],
      ),
      certificates: key(
        list(signingFile('certificate'), '- distribution_certificate'),
        'Stored certificates by name.',
        'certificates: [distribution_certificate]',
        ['provisioning_profiles'],
      ),
    },
    elsewhere: {
      bundle_identifiers: { remedy: 'Write "bundle_identifier": one covers the extensions too.' },
      additional_bundle_identifiers: {
        remedy: 'Remove it: "bundle_identifier" covers the extensions too.',
      },
    },
  },
  '{ distribution_type: app_store, bundle_identifier: com.example.app }',
)

/** The two ways exclude each other, and each consists of two keys. */
export const iosSigning: Shape<IosSigning> = {
  ...iosSigningMap,
  read(node, spot) {
    const values = iosSigningMap.read(node, spot)
    if (values === null || node.kind !== 'map') return null
    return iosSigningOf(values, node, spot)
  },
}

type IosValues = ValuesOf<NonNullable<typeof iosSigningMap.table>['keys']> &
  Exclude<ReturnType<typeof iosSigningMap.read>, null>

const pairs = [
  ['distribution_type', 'bundle_identifier'],
  ['provisioning_profiles', 'certificates'],
] as const

function iosSigningOf(values: IosValues, node: MapNode, spot: Spot): IosSigning | null {
  const [byBundle, byReference] = pairs.map((pair) => pair.filter((name) => isWritten(node, name)))
  const [one, other] = [byBundle?.[0], byReference?.[0]]
  if (one !== undefined && other !== undefined) {
    const message = `${pathOf(spot.trail)} has both "${one}" and "${other}", which exclude each other.`
    const remedy =
      'Keep "distribution_type" with "bundle_identifier", or "provisioning_profiles" with "certificates".'
    error(below(spot, other), placeOf(node, other), message, remedy)
    return null
  }
  for (const [first, second] of pairs) {
    for (const [has, lacks] of [
      [first, second],
      [second, first],
    ] as const) {
      if (!isWritten(node, has) || isWritten(node, lacks)) continue
      const message = `${pathOf(spot.trail)} has "${has}" without "${lacks}".`
      error(spot, placeOf(node, has), message, `Add "${lacks}".`)
      return null
    }
  }
  const { distribution_type, bundle_identifier, provisioning_profiles, certificates } = values
  if (one !== undefined) {
    return {
      by: 'bundle',
      distributionType: distribution_type ?? '',
      bundleIdentifier: bundle_identifier ?? '',
    }
  }
  return {
    by: 'reference',
    profiles: provisioning_profiles ?? [],
    certificates: certificates ?? [],
  }
}

const keystoreMap = map(
  {
    called: 'a keystore',
    keys: {
      keystore: key(text, 'The name under which the keystore is stored.', 'keystore: upload_key'),
      keystore_environment_variable: key(
        text,
        'The variable for its path, instead of `CM_KEYSTORE_PATH`.',
        'keystore_environment_variable: UPLOAD_KEYSTORE_PATH',
      ),
      keystore_password_environment_variable: key(
        text,
        'The variable for its password, instead of `CM_KEYSTORE_PASSWORD`.',
        'keystore_password_environment_variable: UPLOAD_KEYSTORE_PASSWORD',
      ),
      key_alias_environment_variable: key(
        text,
        'The variable for the key’s alias, instead of `CM_KEY_ALIAS`.',
        'key_alias_environment_variable: UPLOAD_KEY_ALIAS',
      ),
      key_password_environment_variable: key(
        text,
        'The variable for the key’s password, instead of `CM_KEY_PASSWORD`.',
        'key_password_environment_variable: UPLOAD_KEY_PASSWORD',
      ),
    },
    required: { keystore: 'Write "keystore:" with the name under which it is stored.' },
  },
  '{ keystore: upload_key }',
)

const keystore = either(text, isNoMap, keystoreMap)

/** The keystores of an Android build, by the names under which they are stored. */
export const androidSigning: Shape<AndroidSigning[]> = list(
  {
    ...keystore,
    read(node, spot): AndroidSigning | null {
      const read = keystore.read(node, spot)
      if (read === null) return null
      const values = typeof read === 'string' ? null : read
      const reference = typeof read === 'string' ? read : read.keystore
      if (reference === null) return null
      return {
        reference,
        variables: {
          path: values?.keystore_environment_variable ?? null,
          storePassword: values?.keystore_password_environment_variable ?? null,
          keyAlias: values?.key_alias_environment_variable ?? null,
          keyPassword: values?.key_password_environment_variable ?? null,
        },
      }
    },
  },
  '- upload_key',
)

const isWritten = (node: MapNode, name: string): boolean =>
  node.entries.some((entry) => entry.key === name && entry.value.kind !== 'null')

const placeOf = (node: MapNode, name: string) =>
  node.entries.find((entry) => entry.key === name)?.at ?? node.at
