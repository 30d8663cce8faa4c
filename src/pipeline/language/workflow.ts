import type { Spot } from '../findings.ts'
import type { Workflow } from '../pipeline.ts'
import type { Node } from '../tree.ts'
import { artifactPattern, directory } from './paths.ts'
import { oneLine, scriptItems } from './script-items.ts'
import { list, map, text, wholeNumber } from './shapes.ts'
import { noTriggering, triggering } from './triggering.ts'
import { variables } from './variables.ts'

const buildMinutesMax = 1440

const nothingStarts = 'no push starts a build of this workflow'

const softwareStays = 'the build uses what is installed on the machine'

const environment = map(
  {
    called: 'environment',
    keys: { vars: variables },
    later: {
      flutter: softwareStays,
      xcode: softwareStays,
      cocoapods: softwareStays,
      node: softwareStays,
      npm: softwareStays,
      java: softwareStays,
      ruby: softwareStays,
      ndk: softwareStays,
      unity: softwareStays,
      ubuntu: 'the build runs on the system of the machine',
      groups: 'their variables are not set',
      ios_signing: 'no certificate and no profile is installed',
      android_signing: 'no keystore is installed',
    },
    elsewhere: {
      triggering: { effect: nothingStarts, remedy: 'Move it out, directly into the workflow.' },
      events: { effect: nothingStarts, remedy: 'Move it under "triggering" of the workflow.' },
      branch_patterns: { remedy: 'Move it under "triggering" of the workflow.' },
      tag_patterns: { remedy: 'Move it under "triggering" of the workflow.' },
      scripts: { remedy: 'Move it out, directly into the workflow.' },
    },
  },
  '{ vars: { NAME: value } }',
)

const saidByTriggering = { effect: nothingStarts, remedy: 'Write "triggering" with "events".' }
const toTriggering = { remedy: 'Move it under "triggering".' }
const toEnvironment = { remedy: 'Move it under "environment".' }
const toScriptItem = { remedy: 'Move it into an item of "scripts".' }
const toPublishing = { remedy: 'Move it under "publishing".' }

/** Everything a workflow may say, in the order in which the reference tells it. */
export const workflowKeys = map(
  {
    called: 'a workflow',
    keys: {
      name: text,
      max_build_duration: wholeNumber(1, buildMinutesMax, 'minutes'),
      working_directory: directory,
      environment,
      triggering,
      scripts: scriptItems,
      artifacts: list(artifactPattern, '- build/*.apk'),
    },
    later: {
      labels: 'the build carries none',
      instance_type: 'every build runs on the machine of this server',
      inputs: 'nothing is asked for, and "${{ inputs.… }}" stays as it is',
      integrations: 'no key is made available',
      cache: 'nothing is restored and nothing saved',
      when: 'the workflow runs whatever it says',
      pre_clone_scripts: 'they do not run',
      publishing: 'nothing is published and nobody notified',
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
      ios_signing: toEnvironment,
      android_signing: toEnvironment,
      steps: { remedy: 'Write "scripts".' },
      cache_paths: { remedy: 'Move it under "cache".' },
      test_report: toScriptItem,
      ignore_failure: toScriptItem,
      email: toPublishing,
      slack: toPublishing,
    },
  },
  '{ scripts: [npm test] }',
)

/** One workflow, as far as it can be read: whether it may run is for the checker to say. */
export function readWorkflow(id: string, node: Node, spot: Spot): Workflow | null {
  const values = workflowKeys.read(node, spot)
  if (values === null) return null
  return {
    id,
    name: oneLine(values.name ?? '') || id,
    workingDirectory: values.working_directory,
    maxBuildDurationMinutes: values.max_build_duration,
    vars: values.environment?.vars ?? [],
    scripts: values.scripts ?? [],
    artifacts: values.artifacts ?? [],
    triggering: values.triggering ?? noTriggering,
  }
}
