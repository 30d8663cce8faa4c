import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  builtInVariables,
  inputVariables,
  type DescribedBuild,
} from '../../src/protocol/variables.ts'
import { startBuild, writeFiles } from './support.ts'

const home = mkdtempSync(join(tmpdir(), 'oore-home-'))
const sha = 'a'.repeat(40)
const previous = 'b'.repeat(40)

const push: DescribedBuild = {
  id: 'build-id',
  number: 41,
  repositoryId: 'repository-id',
  commitSha: sha,
  branch: 'feature',
  tag: null,
  pullRequestNumber: null,
  pullRequestTarget: null,
  triggerType: 'push',
  workflow: 'ios',
  workflowName: 'iOS release',
}
const pullRequest: DescribedBuild = { ...push, pullRequestNumber: 7, pullRequestTarget: 'main' }
const byTag: DescribedBuild = { ...push, branch: null, tag: 'v1.2', triggerType: 'api' }

/** What the second of two steps finds, the first of which is a test. */
async function variablesOf(
  described: DescribedBuild,
  previousCommit: string | null = null,
): Promise<{ root: string; id: string; found: Record<string, string> }> {
  using build = startBuild({
    steps: [{ script: 'exit 1', testReport: '*.xml', ignoreFailure: true }, 'cat /proc/$$/environ'],
    environment: {
      HOME: home,
      ...builtInVariables(described, 'mobile/app', previousCommit),
      ...inputVariables({ 'build-type': 'release', dry_run: false }),
      BUILD_NUMBER: '12',
      PROJECT_BUILD_NUMBER: '41',
    },
  })
  await build.ended
  const entries = (build.steps[2]?.stdout ?? '').split('\0').filter((entry) => entry !== '')
  const found = Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2)))
  return { root: build.root, id: build.id, found }
}

beforeAll(() => writeFiles(home, { 'Library/Android/sdk/x': '' }))
afterAll(() => rmSync(home, { recursive: true }))

/** A row of codemagic-yaml 3.11, and the value; null is not set. */
type Row = [name: string, value: string | null]

describe('the variables of codemagic-yaml, section 3.11', () => {
  test('of a pull request', async () => {
    const { root, found } = await variablesOf(pullRequest, previous)
    const android = join(home, 'Library/Android/sdk')
    const rows: Row[] = [
      ['CI', 'true'],
      ['CONTINUOUS_INTEGRATION', 'true'],
      ['BUILD_NUMBER', '12'],
      ['PROJECT_BUILD_NUMBER', '41'],
      ['ANDROID_SDK_ROOT', android],
      ['ANDROID_HOME', android],
      ['CM_BRANCH', 'feature'],
      ['CM_TAG', null],
      ['CM_REPO_SLUG', 'mobile/app'],
      ['CM_COMMIT', sha],
      ['CM_PREVIOUS_COMMIT', previous],
      ['CM_PULL_REQUEST', 'true'],
      ['CM_PULL_REQUEST_NUMBER', '7'],
      ['CM_PULL_REQUEST_DEST', 'main'],
      // These three are read, not given.
      ['CM_CLONE_DEPTH', null],
      ['CM_CLONE_UNSHALLOW', null],
      ['CM_RECURSIVE_SUBMODULE_INIT', null],
      ['CM_PROJECT_ID', 'repository-id'],
      ['CM_BUILD_ID', 'build-id'],
      ['CM_WORKFLOW_NAME', 'iOS release'],
      ['CM_BUILD_DIR', join(root, 'clone')],
      ['CM_BUILD_OUTPUT_DIR', join(root, 'output')],
      ['CM_EXPORT_DIR', join(root, 'export')],
      ['CM_TEST_STEP_STATUS', 'failure'],
      // Of Codemagic's editor, which has a step called "build"; a file has none.
      ['CM_BUILD_STEP_STATUS', null],
      ['CM_FLUTTER_SCHEME', null],
      // Of signing and publishing.
      ['CM_KEYSTORE_PATH', null],
      ['CM_KEYSTORE_PASSWORD', null],
      ['CM_KEY_ALIAS', null],
      ['CM_KEY_PASSWORD', null],
      ['CM_ARTIFACT_LINKS', null],
      ['CM_ENV', join(root, 'variables')],
      ['CM_TRIGGER_SOURCE', 'webhook'],
      // The admin token has no address of a person.
      ['CM_BUILD_STARTED_BY', null],
    ]
    for (const [name, value] of rows) expect([name, found[name] ?? null]).toEqual([name, value])
  })

  test('have their old names', async () => {
    const { found } = await variablesOf(pullRequest, previous)
    const twins = [
      ...['BUILD_ID', 'BUILD_DIR', 'BUILD_OUTPUT_DIR', 'EXPORT_DIR', 'PROJECT_ID', 'REPO_SLUG'],
      ...['BRANCH', 'COMMIT', 'PREVIOUS_COMMIT', 'TEST_STEP_STATUS'],
      ...['PULL_REQUEST', 'PULL_REQUEST_NUMBER', 'PULL_REQUEST_DEST'],
    ]
    for (const name of twins) {
      expect([name, found[`FCI_${name}`]]).toEqual([name, found[`CM_${name}`]])
      expect(found[`CM_${name}`]).toBeDefined()
    }
  })

  test('of a push and of a tag leave out what they do not have', async () => {
    const pushed = await variablesOf(push)
    const tagged = await variablesOf(byTag)
    expect(pushed.found).toMatchObject({ CM_PULL_REQUEST: 'false', CM_BRANCH: 'feature' })
    const absent = ['PREVIOUS_COMMIT', 'PULL_REQUEST_NUMBER', 'PULL_REQUEST_DEST', 'TAG']
    for (const name of absent) expect(pushed.found).not.toHaveProperty(`CM_${name}`)
    expect(tagged.found).toMatchObject({
      CM_TAG: 'v1.2',
      FCI_TAG: 'v1.2',
      CM_TRIGGER_SOURCE: 'api',
    })
    expect(tagged.found).not.toHaveProperty('CM_BRANCH')
  })

  test('stand beside those of Oore, one for each input among them', async () => {
    const { id, found } = await variablesOf(push)
    expect(found).toMatchObject({
      OORE: 'true',
      OORE_BUILD_ID: id,
      OORE_BUILD_NUMBER: '41',
      OORE_COMMIT_SHA: sha,
      OORE_BRANCH: 'feature',
      OORE_REPOSITORY_ID: 'repository-id',
      OORE_TRIGGER_TYPE: 'push',
      OORE_WORKFLOW: 'ios',
      OORE_INPUT_BUILD_TYPE: 'release',
      OORE_INPUT_DRY_RUN: 'false',
    })
  })
})

describe('CM_TEST_STEP_STATUS', () => {
  test('is not set before the first test, and stays failure after one', async () => {
    const say = 'echo "${CM_TEST_STEP_STATUS-unset}"'
    const ended = (code: number) => ({
      script: `exit ${code}`,
      testReport: '*.xml',
      ignoreFailure: true,
    })
    using build = startBuild({ steps: [say, ended(0), say, ended(1), ended(0), say] })
    await build.ended
    const said = [1, 3, 6].map((position) => build.steps[position]?.stdout)
    expect(said).toEqual(['unset\n', 'success\n', 'failure\n'])
  })
})

test('the depth of the clone may have its old name', async () => {
  let asked: number | null = 0
  using build = startBuild({
    steps: [],
    vars: { FCI_CLONE_DEPTH: '5' },
    checkout: async ({ depth }) => void (asked = depth),
  })
  await build.ended
  expect(asked).toBe(5)
})
