import type { PipelineInForce, StoredPipeline } from '../../core/pipelines/stored.ts'
import { hours } from '../../lib/clock.ts'
import type { Problem } from '../../pipeline/problem.ts'
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

export const inForce: PipelineInForce = {
  source: 'repository',
  format: 'yaml',
  content: yaml,
  fileName: 'oore.yaml',
  version: null,
  updatedAt: null,
}

export const versions: StoredPipeline[] = [
  {
    repositoryId: id(1),
    version: 2,
    format: 'yaml',
    content: yaml,
    createdBy: 'admin',
    createdAt: now - hours(5),
  },
  {
    repositoryId: id(1),
    version: 1,
    format: 'yaml',
    content: 'workflows: {}\n',
    createdBy: 'admin',
    createdAt: now - hours(50),
  },
]

export const brokenYaml = `workflows:
  ios:
    scripts:
      - nmae: Build
        script: make
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
    line: null,
    column: null,
    excerpt: null,
    suggestion: null,
    workflow: 'ios',
  },
]
