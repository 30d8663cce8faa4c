import { below, noFindings, type Spot, warning } from '../findings.ts'
import { nearest } from '../nearest.ts'
import type { Input, InputValues, Workflow } from '../pipeline.ts'
import type { Entry, MapNode, Node } from '../tree.ts'
import { environment } from './environment.ts'
import { inputs } from './inputs.ts'
import { artifactPattern, directory } from './paths.ts'
import { publishing } from './publishing.ts'
import { oneLine, scriptItems } from './script-items.ts'
import { key, list, map, mismatch, record, text, wholeNumber, type Shape } from './shapes.ts'
import { substituteInputs } from './substitution.ts'
import { noTriggering, triggering } from './triggering.ts'
import { noWhen, when } from './when.ts'

const buildMinutesMax = 1440

const instanceTypes = [
  'mac_mini_m2',
  'mac_mini_m4',
  'mac_mini_m1',
  'mac_pro',
  'linux_x2',
  'linux_x4',
  'windows_x2',
]

/** The kinds of machine Codemagic has had, and those it may yet have: the family is what counts. */
const instanceType: Shape<string> = {
  wants: `one of ${instanceTypes.join(', ')}`,
  remedy: 'Write mac_mini_m2, for example, or remove it: the build runs on this machine.',
  schema: { anyOf: [{ enum: instanceTypes }, text.schema] },
  read(node, spot) {
    if (node.kind !== 'scalar') return mismatch(instanceType, node, spot)
    const isKnown = /^(mac|macos|linux|windows)(_[\w]+)?$/.test(node.text)
    if (node.open || isKnown || node.text.startsWith('$')) return node.text
    const similar = nearest(node.text, instanceTypes)
    return mismatch(instanceType, node, spot, similar === null ? null : `Did you mean ${similar}?`)
  },
}

const cache = map(
  {
    called: 'cache',
    mainList: 'cache_paths',
    keys: {
      cache_paths: key(
        list(text, '- ~/.pub-cache'),
        'What is kept from one build to the next. `~` and variables are put in.',
        'cache_paths: [~/.pub-cache]',
      ),
    },
    elsewhere: {
      paths: { remedy: 'Write "cache_paths".' },
      key: { remedy: 'Remove it: a cache belongs to its workflow.' },
    },
  },
  '{ cache_paths: [~/.pub-cache] }',
)

const nothingStarts = 'no push starts a build of this workflow'
const saidByTriggering = { effect: nothingStarts, remedy: 'Write "triggering" with "events".' }
const toTriggering = { remedy: 'Move it under "triggering".' }
const toEnvironment = { remedy: 'Move it under "environment".' }
const toScriptItem = { remedy: 'Move it into an item of "scripts".' }
const toPublishing = { remedy: 'Move it under "publishing".' }

/** Everything a workflow may say, in the order in which the reference tells it. */
const workflowMap = map(
  {
    called: 'a workflow',
    mainList: 'scripts',
    keys: {
      name: key(
        text,
        'What people read. The id where nothing is written.',
        'name: Release for iOS',
      ),
      labels: key(
        list(text, '- nightly'),
        'Labels that each build of the workflow carries; variables are put in.',
        "labels: [nightly, '${CM_BRANCH}']",
      ),
      instance_type: key(
        instanceType,
        'The kind of machine it was written for. Every build runs on the machine of Oore.',
        'instance_type: mac_mini_m2',
      ),
      max_build_duration: key(
        wholeNumber(1, buildMinutesMax, 'minutes'),
        'How many minutes a build may take, from 1 to 1440. Where nothing is written, the server’s own limit holds.',
        'max_build_duration: 60',
      ),
      working_directory: key(
        directory,
        'Where the steps run, from the root of the repository, or an absolute path.',
        'working_directory: apps/mobile',
      ),
      inputs: key(
        inputs,
        'What is asked of whoever starts a build. `${{ inputs.id }}` anywhere in the workflow is replaced by the value, before anything else is read; each is also in the variable `OORE_INPUT_ID`.',
        'inputs: { flavour: { description: Which flavour, type: choice, options: [staging, production], default: staging } }',
      ),
      integrations: key(
        record(text, '{ app_store_connect: My key }'),
        'By the name of a service, the name under which its key is stored in Oore.',
        'integrations: { app_store_connect: My key }',
      ),
      environment: key(
        environment,
        'The tools, the variables and the signing of a build.',
        'environment: { flutter: stable, vars: { FLAVOR: staging } }',
      ),
      cache: key(
        cache,
        'What is kept from one build to the next.',
        'cache: { cache_paths: [~/.pub-cache] }',
      ),
      triggering: key(
        triggering,
        'What starts the workflow by itself. Without it only people and the API do.',
        'triggering: { events: [push] }',
      ),
      when: key(
        when,
        'What must hold besides. Builds that people or the API start run whatever it says.',
        'when: { changeset: { includes: [lib/] } }',
      ),
      scripts: key(
        scriptItems,
        'The steps, one after another, each in a process of its own: `cd` and `export` end with it. What a step writes to the file `$CM_ENV` as `NAME=value` is set in the steps after it.',
        'scripts: [flutter pub get, { name: Test, script: flutter test }]',
      ),
      pre_clone_scripts: key(
        scriptItems,
        'Steps before the code is there, written like `scripts`.',
        'pre_clone_scripts: [git config --global --list]',
      ),
      artifacts: key(
        list(artifactPattern, '- build/*.apk'),
        'Patterns of files to keep, from the working directory and from the root of the repository. One that matches nothing is no error.',
        'artifacts: [build/**/outputs/**/*.apk]',
      ),
      publishing: key(
        publishing,
        'What is published when a build has ended, and who hears of it.',
        'publishing: { email: { recipients: [team@example.com] } }',
      ),
    },
    elsewhere: {
      triggers: saidByTriggering,
      trigger: saidByTriggering,
      triggered_by: saidByTriggering,
      on: saidByTriggering,
      events: { effect: nothingStarts, ...toTriggering },
      branch_patterns: toTriggering,
      tag_patterns: toTriggering,
      cancel_previous_builds: toTriggering,
      env: { remedy: 'Write "environment" with "vars".' },
      vars: toEnvironment,
      groups: toEnvironment,
      flutter: toEnvironment,
      xcode: toEnvironment,
      node: toEnvironment,
      java: toEnvironment,
      cocoapods: toEnvironment,
      ios_signing: toEnvironment,
      android_signing: toEnvironment,
      code_signing: { remedy: 'Write "ios_signing" under "environment".' },
      steps: { remedy: 'Write "scripts".' },
      cache_paths: { remedy: 'Move it under "cache".' },
      changeset: { remedy: 'Move it under "when".' },
      condition: { remedy: 'Move it under "when".' },
      test_report: toScriptItem,
      ignore_failure: toScriptItem,
      email: toPublishing,
      slack: toPublishing,
      app_store_connect: toPublishing,
      google_play: toPublishing,
    },
  },
  '{ scripts: [npm test] }',
)

/** The shape of one workflow, for the JSON schema and the reference page. */
export const workflowShape = workflowMap

/**
 * One workflow, as far as it can be read: whether it may run is for the checker to say. Inputs are
 * put in first, those given before the defaults.
 */
export function readWorkflow(
  id: string,
  node: Node,
  spot: Spot,
  given: InputValues,
): Workflow | null {
  const asked = inputsOf(node, spot)
  const inputValues = { ...defaultsOf(asked), ...given }
  const filled = substituteInputs(node, { ids: inputIdsOf(node), values: inputValues }, spot)
  const values = workflowMap.read(filled, spot)
  if (values === null || filled.kind !== 'map') return null
  tellIntegrations(filled, values.integrations ?? {}, spot)
  return {
    id,
    name: oneLine(values.name ?? '') || id,
    labels: values.labels ?? [],
    instanceType: values.instance_type,
    maxBuildDurationMinutes: values.max_build_duration,
    workingDirectory: values.working_directory,
    inputs: asked,
    inputValues,
    integrations: values.integrations ?? {},
    software: values.environment?.software ?? [],
    environmentName: values.environment?.name ?? null,
    groups: values.environment?.groups ?? [],
    vars: values.environment?.vars ?? [],
    iosSigning: values.environment?.iosSigning ?? null,
    androidSigning: values.environment?.androidSigning ?? [],
    cachePaths: values.cache?.cache_paths ?? [],
    triggering: values.triggering ?? noTriggering,
    when: values.when ?? noWhen,
    preCloneScripts: values.pre_clone_scripts ?? [],
    scripts: values.scripts ?? [],
    artifacts: values.artifacts ?? [],
    publishing: values.publishing,
  }
}

/** Read ahead of all others, and told of when its turn comes. */
function inputsOf(node: Node, spot: Spot): Input[] {
  const written = node.kind === 'map' ? entryOf(node, 'inputs') : null
  if (written === null || written.value.kind === 'null') return []
  const silent: Spot = {
    trail: below(spot, 'inputs').trail,
    findings: noFindings(),
  }
  return inputs.read(written.value, silent) ?? []
}

/** Also of those with a mistake in them: that is told, and nothing that follows from it. */
function inputIdsOf(node: Node): ReadonlySet<string> {
  const written = node.kind === 'map' ? entryOf(node, 'inputs')?.value : null
  return new Set(written?.kind === 'map' ? written.entries.map((entry) => entry.key) : [])
}

const defaultsOf = (asked: readonly Input[]): InputValues =>
  Object.fromEntries(
    asked.flatMap((input) => (input.default === null ? [] : [[input.id, input.default]])),
  )

/** `auth: integration` names a key that `integrations` must name: a frequent omission. */
function tellIntegrations(node: MapNode, integrations: Record<string, string>, spot: Spot) {
  const publishing = entryOf(node, 'publishing')?.value
  const connect =
    publishing?.kind === 'map' ? entryOf(publishing, 'app_store_connect')?.value : null
  const auth = connect?.kind === 'map' ? entryOf(connect, 'auth') : null
  if (auth?.value.kind !== 'scalar' || auth.value.text !== 'integration') return
  if (Object.hasOwn(integrations, 'app_store_connect')) return
  const inside = ['publishing', 'app_store_connect', 'auth'].reduce<Spot>(below, spot)
  const message =
    '"auth: integration" takes the key of "integrations.app_store_connect", which is not there.'
  const remedy =
    'Write "integrations:" in the workflow, below it "app_store_connect: <name of the key>".'
  warning(inside, auth.at, message, remedy)
}

const entryOf = (node: MapNode, wanted: string): Entry | null =>
  node.entries.find((entry) => entry.key === wanted) ?? null
