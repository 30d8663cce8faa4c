import { noTriggering } from './language/triggering.ts'
import { noWhen } from './language/when.ts'
import type { Pipeline } from './pipeline.ts'
import type { PipelineFormat } from './read.ts'

/** The files looked for in the root of a repository, in this order; the first there is read. */
export const configFileNames = ['oore.yaml', 'oore.huml', 'codemagic.yaml'] as const

/** How a file is to be read, by its name: HUML where it ends in `.huml`, YAML otherwise. */
export const formatOf = (fileName: string): PipelineFormat =>
  fileName.toLowerCase().endsWith('.huml') ? 'huml' : 'yaml'

/**
 * Is this a configuration under a name or in a place where it is not read? `codemagic.yml` and
 * `android/codemagic.yaml` are what people write. Names with control characters are left out.
 */
export function isMisplaced(path: string): boolean {
  if ((configFileNames as readonly string[]).includes(path)) return false
  return /^([^/]*\/)*\.?(oore|codemagic)\.(ya?ml|huml)$/i.test(path) && !/\p{Cc}/u.test(path)
}

/**
 * What runs for a commit that has no configuration: one step that says what to write, and which
 * files were probably meant to be one.
 */
export function defaultPipeline(misplaced: readonly string[] = []): Pipeline {
  return {
    workflows: [
      {
        id: 'default',
        name: 'No configuration yet',
        labels: [],
        instanceType: null,
        maxBuildDurationMinutes: null,
        workingDirectory: null,
        inputs: [],
        inputValues: {},
        integrations: {},
        software: [],
        environmentName: null,
        groups: [],
        vars: [],
        iosSigning: null,
        androidSigning: [],
        cachePaths: [],
        triggering: { ...noTriggering, events: ['push'] },
        when: noWhen,
        preCloneScripts: [],
        scripts: [
          {
            name: 'How to begin',
            script: `cat <<'END'\n${adviceFor(misplaced)}\nEND\n`,
            workingDirectory: null,
            ignoreFailure: false,
            testReport: null,
            when: noWhen,
          },
        ],
        artifacts: [],
        publishing: null,
      },
    ],
  }
}

/** A configuration to begin with; shown by the default build. */
export const starterConfiguration = `workflows:
  test:
    name: Test
    triggering:
      events: [push]
    scripts:
      - name: Run the tests
        script: |
          echo "Put the command that tests your project here."
    artifacts:
      - build/**/*.apk
`

const adviceFor = (
  misplaced: readonly string[],
) => `Oore got the code of this repository and found nothing that says what to build:
${configFileNames.map((name) => `  - no ${name} in its root`).join('\n')}
  - no configuration stored in Oore
${misplaced.map((path) => `\n${misplacedText(path)}\n`).join('')}
To begin, save this as oore.yaml in the root of the repository, commit and push:

${starterConfiguration.trimEnd()}

A codemagic.yaml is read just the same.`

/** Why a file that looks like a configuration was not read, and what to do. */
export function misplacedText(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const family = name.replace(/^\./, '').startsWith('oore') ? 'oore.yaml' : 'codemagic.yaml'
  const wanted = (configFileNames as readonly string[]).includes(name) ? name : family
  return `Oore found ${path}. It is not read there: move it to ${wanted} in the root of the repository.`
}
