import type { Preview } from '../../core/pipelines/preview.ts'
import type { PipelineInForce, PipelineVersion } from '../../core/pipelines/stored.ts'
import { hours, minutes } from '../../lib/clock.ts'
import { hunksOf, lineDiff } from '../../lib/line-diff.ts'
import type { Plan } from '../../pipeline/plan.ts'
import type { Problem } from '../../pipeline/problem.ts'
import type { PipelineView } from '../pipelines/view.tsx'
import { id, now } from './builds.ts'

export const yaml = `workflows:
  android-release:
    name: Android release
    max_build_duration: 45
    environment:
      vars:
        FLAVOR: production
    scripts:
      - name: Install packages
        script: flutter pub get
      - name: Analyze
        script: flutter analyze
        ignore_failure: true
      - name: Run tests
        script: flutter test --machine > test-report.jsonl
      - name: Build the app bundle
        script: flutter build appbundle --release
    artifacts:
      - build/**/outputs/**/*.aab
`

const inForce: PipelineInForce = {
  source: 'repository',
  format: 'yaml',
  content: yaml,
  fileName: 'oore.yaml',
  version: null,
  updatedAt: null,
  updatedBy: null,
  passedOver: null,
  misplaced: [],
}

const versions: PipelineVersion[] = [
  {
    repositoryId: id(1),
    version: 3,
    format: 'yaml',
    content: yaml,
    createdBy: 'admin',
    createdAt: now - hours(5),
  },
  {
    repositoryId: id(1),
    version: 2,
    format: 'yaml',
    content: null,
    createdBy: 'admin',
    createdAt: now - hours(48),
  },
  {
    repositoryId: id(1),
    version: 1,
    format: 'yaml',
    content: yaml.replace('flutter analyze', 'dart analyze'),
    createdBy: 'admin',
    createdAt: now - hours(50),
  },
]

/** Wider than any phone. */
const longCommand = `make ${'--and-another-long-option '.repeat(4)}release`

export const brokenYaml = `workflows:
  ios:
    scripts:
      - nmae: Build
        script: ${longCommand}
`

export const problems: Problem[] = [
  {
    severity: 'error',
    message: 'nmae is not a key of a script.',
    path: 'workflows.ios.scripts[0].nmae',
    line: 4,
    column: 9,
    excerpt: '     4 |       - nmae: Build\n       |         ^',
    suggestion: 'Did you mean name?',
    workflow: 'ios',
  },
  {
    severity: 'warning',
    message: 'This workflow keeps no artifacts, so nothing of it can be downloaded.',
    path: 'workflows.ios',
    line: 5,
    column: 17,
    excerpt: `     5 |         script: ${longCommand}\n       |                 ^`,
    suggestion: null,
    workflow: 'ios',
  },
]

const step = (name: string, script: string) => ({
  name,
  script,
  workingDirectory: null,
  ignoreFailure: false,
  testReport: null,
  when: { changeset: null, condition: null },
})

const noPlan: Plan = {
  version: 2,
  workflow: { id: 'empty', name: 'empty' },
  labels: [],
  inputs: {},
  instanceType: null,
  workingDirectory: null,
  maxBuildDurationMs: null,
  software: [],
  environmentName: null,
  groups: [],
  vars: [],
  signing: { ios: null, android: [] },
  integrations: {},
  cachePaths: [],
  preCloneSteps: [],
  steps: [],
  artifacts: [],
  publishing: null,
  cancelPreviousBuilds: false,
}

const preview: Preview = {
  valid: true,
  problems: [],
  workflows: [
    {
      triggers: ['Only people and the API start it: it names no events.'],
      inputs: [
        {
          id: 'note',
          description: 'What testers read',
          type: 'string',
          options: [],
          default: null,
        },
      ],
      plan: {
        ...noPlan,
        workflow: { id: 'android-release', name: 'Android release' },
        workingDirectory: 'app',
        maxBuildDurationMs: minutes(45),
        vars: [{ name: 'FLAVOR', value: 'production' }],
        steps: [
          step('Install packages', 'flutter pub get'),
          { ...step('Analyze', 'flutter analyze'), ignoreFailure: true, workingDirectory: 'tool' },
          step('Build the app bundle', 'flutter build appbundle --release'),
        ],
        artifacts: ['build/**/outputs/**/*.aab'],
        software: [{ name: 'flutter', version: '3.10' }],
        groups: ['signing'],
        cachePaths: ['~/.pub-cache'],
        preCloneSteps: [step('Say hello', 'echo hello')],
      },
    },
    {
      triggers: ['Started by a push.', 'Branches, the last that matches decides: "main".'],
      inputs: [],
      plan: noPlan,
    },
  ],
}

const wrong: Preview = { valid: false, problems, workflows: [] }
const warned: Preview = { ...preview, problems: problems.slice(1) }

const values = {
  event: 'push',
  branch: 'main',
  target_branch: 'main',
  tag: '',
  labels: '',
  draft: '',
  changed_files: '',
  commit_message: '',
}
const explained = { values, errors: [], verdicts: null }
const history = { data: versions, nextCursor: 'next' }

const editing = {
  shows: 'edit' as const,
  format: 'yaml' as const,
  content: yaml,
  baseVersion: 3,
  begunFrom: null,
  run: { branch: '', workflow: '', inputs: {} },
  preview,
  notice: null,
  errors: [],
  conflict: null,
}

/** The Pipeline tab in each of its states. */
export const views: Record<string, PipelineView> = {
  file: {
    shows: 'use',
    inForce: { ...inForce, passedOver: 3 },
    trouble: null,
    preview,
    explained,
    versions: { data: [], nextCursor: null },
  },
  stored: {
    shows: 'use',
    inForce: {
      ...inForce,
      source: 'database',
      fileName: null,
      version: 3,
      updatedAt: now - hours(5),
      updatedBy: 'admin',
    },
    trouble: null,
    preview: warned,
    explained: {
      values: { ...values, event: 'pull_request', labels: 'qa', draft: 'true' },
      errors: [],
      verdicts: [
        {
          id: 'empty',
          name: 'empty',
          runs: true,
          skipped: false,
          reason: 'Branch "main" matches pattern 1.',
        },
        {
          id: 'x',
          name: 'Android release',
          runs: false,
          skipped: false,
          reason: 'Its events are push.',
        },
      ],
    },
    versions: history,
  },
  none: {
    shows: 'use',
    inForce: {
      ...inForce,
      source: 'default',
      fileName: null,
      misplaced: ['Oore found android/codemagic.yaml. It is not read there: move it.'],
    },
    trouble: null,
    preview,
    explained,
    versions: { data: [], nextCursor: null },
  },
  away: {
    shows: 'use',
    inForce: null,
    trouble: 'git.lumen.example cannot be reached, so the repository’s own file is not known now.',
    preview: null,
    explained,
    versions: history,
  },
  edit: editing,
  'edit-wrong': {
    ...editing,
    content: brokenYaml,
    begunFrom: 1,
    preview: wrong,
    notice: { kind: 'error', text: 'This configuration cannot be used yet. Nothing was stored.' },
    errors: [{ field: 'branch', message: 'The repository has no branch “nowhere”.' }],
    run: { branch: 'nowhere', workflow: 'ios', inputs: {} },
  },
  'edit-conflict': { ...editing, preview: warned, conflict: versions[0] ?? null },
  versions: { shows: 'versions', page: history, cursor: 'here' },
  version: {
    shows: 'version',
    version: versions[0]!,
    against: 'before',
    other: { version: 1, fileName: null },
    hunks: hunksOf(lineDiff(versions[2]?.content ?? '', yaml)),
    isInForce: false,
  },
  'version-dropped': {
    shows: 'version',
    version: versions[1]!,
    against: 'before',
    other: null,
    hunks: [],
    isInForce: false,
  },
}
