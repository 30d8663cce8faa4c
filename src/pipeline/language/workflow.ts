import type { Spot } from '../findings.ts'
import type { Workflow } from '../pipeline.ts'
import type { Node } from '../tree.ts'
import { artifactPattern, directory } from './paths.ts'
import { oneLine, scriptItems } from './script-items.ts'
import { list, map, text, wholeNumber } from './shapes.ts'
import { noTriggering, triggering } from './triggering.ts'
import { variables } from './variables.ts'

const buildMinutesMax = 1440

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
      triggering: 'it belongs directly in the workflow. As it stands, no push starts a build.',
      events:
        'it belongs under "triggering" of the workflow. As it stands, no push starts a build.',
      branch_patterns: 'it belongs under "triggering" of the workflow.',
      scripts: 'it belongs directly in the workflow, beside "environment".',
    },
  },
  '{ vars: { NAME: value } }',
)

const belongsToTriggering =
  'it belongs under "triggering". As it stands, no push starts a build of this workflow.'
const saidByTriggering =
  'write "triggering". As it stands, no push starts a build of this workflow.'
const belongsToEnvironment = 'it belongs under "environment".'

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
      events: belongsToTriggering,
      branch_patterns: belongsToTriggering,
      tag_patterns: belongsToTriggering,
      cancel_previous_builds: 'it belongs under "triggering".',
      vars: belongsToEnvironment,
      groups: belongsToEnvironment,
      flutter: belongsToEnvironment,
      xcode: belongsToEnvironment,
      node: belongsToEnvironment,
      java: belongsToEnvironment,
      ios_signing: belongsToEnvironment,
      android_signing: belongsToEnvironment,
      cache_paths: 'it belongs under "cache".',
      test_report: 'it belongs to a script item.',
      ignore_failure: 'it belongs to a script item.',
      email: 'it belongs under "publishing".',
      slack: 'it belongs under "publishing".',
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
