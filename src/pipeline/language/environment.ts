import type { Software } from '../pipeline.ts'
import type { MapNode } from '../tree.ts'
import { key, list, map, text, type Shape } from './shapes.ts'
import { androidSigning, iosSigning, type AndroidSigning, type IosSigning } from './signing.ts'
import { softwareKeys } from './software.ts'
import { variables, type Variable } from './variables.ts'

export type Environment = {
  /** `production`: the values that are stored for it count. */
  name: string | null
  software: Software[]
  groups: string[]
  vars: Variable[]
  iosSigning: IosSigning | null
  androidSigning: AndroidSigning[]
}

const nothingStarts = 'no push starts a build of this workflow'
const toWorkflow = { remedy: 'Move it out, directly into the workflow.' }
const nothingToDo = { effect: 'the build runs on this machine', remedy: 'Remove it.' }

const environmentMap = map(
  {
    called: 'environment',
    keys: {
      vars: key(
        variables,
        'Variables of the build, which win over those that Oore sets. Values are taken as written, digit for digit; `$NAME` and `${NAME}` of variables above and of Oore’s are put in.',
        'vars: { FLAVOR: staging }',
      ),
      name: key(
        text,
        'What the build is for, `staging` or `production`: of the stored variables those that are for another environment are left out.',
        'name: production',
      ),
      groups: key(
        list(text, '- app_store_credentials'),
        'Groups of variables that are stored in Oore. Of a variable in two groups, that of the later one wins.',
        'groups: [app_store_credentials]',
      ),
      ...softwareKeys,
      ios_signing: key(
        iosSigning,
        'What an iOS build is signed with: `distribution_type` with `bundle_identifier`, or `provisioning_profiles` with `certificates`.',
        'ios_signing: { distribution_type: app_store, bundle_identifier: com.example.app }',
      ),
      android_signing: key(
        androidSigning,
        'The keystores of an Android build, by the names under which they are stored.',
        'android_signing: [upload_key]',
      ),
    },
    elsewhere: {
      triggering: { effect: nothingStarts, ...toWorkflow },
      events: { effect: nothingStarts, remedy: 'Move it under "triggering" of the workflow.' },
      branch_patterns: { remedy: 'Move it under "triggering" of the workflow.' },
      tag_patterns: { remedy: 'Move it under "triggering" of the workflow.' },
      scripts: toWorkflow,
      artifacts: toWorkflow,
      publishing: toWorkflow,
      working_directory: toWorkflow,
      instance_type: toWorkflow,
      cache: toWorkflow,
      cache_paths: { remedy: 'Move it under "cache" of the workflow.' },
      android: nothingToDo,
      android_sdk: nothingToDo,
      php: nothingToDo,
    },
  },
  '{ vars: { NAME: value } }',
)

/** `environment`: the tools, the variables and the signing of a build. */
export const environment: Shape<Environment> = {
  ...environmentMap,
  read(node, spot) {
    const values = environmentMap.read(node, spot)
    if (values === null || node.kind !== 'map') return null
    const groups = values.groups ?? []
    return {
      name: values.name,
      software: softwareOf(node, values),
      groups,
      vars: values.vars ?? [],
      iosSigning: values.ios_signing,
      androidSigning: values.android_signing ?? [],
    }
  },
}

const softwareOf = (node: MapNode, values: Record<string, unknown>): Software[] =>
  node.entries.flatMap(({ key: name }) => {
    const version = Object.hasOwn(softwareKeys, name) ? values[name] : null
    return typeof version === 'string' ? [{ name, version }] : []
  })
