import type { InputValues } from '../pipeline/pipeline.ts'

/** What a build is called by. Null is what it does not have, or not yet: a directory has no commit. */
export type DescribedBuild = {
  id: string | null
  number: number | null
  repositoryId: string | null
  commitSha: string | null
  branch: string | null
  tag: string | null
  pullRequestNumber: number | null
  /** The branch that the pull request goes to. */
  pullRequestTarget: string | null
  triggerType: string
  workflow: string
  workflowName: string
}

/**
 * The variables of a build that whoever starts it knows: journey 17 (OORE_*), codemagic-yaml.md
 * 3.11 (CM_*), and the old names of the latter (FCI_*), which one file in ten still reads. What a
 * build does not have is not set, never empty. The runner adds those of its machine.
 */
export function builtInVariables(
  build: DescribedBuild,
  repository: string | null,
  previousCommit: string | null,
): Record<string, string> {
  const always = {
    CI: 'true',
    CONTINUOUS_INTEGRATION: 'true',
    OORE: 'true',
    OORE_TRIGGER_TYPE: build.triggerType,
    OORE_WORKFLOW: build.workflow,
    CM_WORKFLOW_NAME: build.workflowName,
    CM_TRIGGER_SOURCE: triggerSource[build.triggerType] ?? 'webhook',
  }
  const twoNames = {
    BUILD_ID: build.id,
    PROJECT_ID: build.repositoryId,
    COMMIT: build.commitSha,
    REPO_SLUG: repository,
    BRANCH: build.branch,
    TAG: build.tag,
    PREVIOUS_COMMIT: previousCommit,
    PULL_REQUEST: String(build.pullRequestNumber !== null),
    PULL_REQUEST_NUMBER: build.pullRequestNumber === null ? null : String(build.pullRequestNumber),
    PULL_REQUEST_DEST: build.pullRequestTarget,
  }
  const variables: Record<string, string> = { ...always }
  const ours = {
    BUILD_ID: build.id,
    BUILD_NUMBER: build.number === null ? null : String(build.number),
    COMMIT_SHA: build.commitSha,
    REPOSITORY_ID: build.repositoryId,
    BRANCH: build.branch,
    TAG: build.tag,
  }
  for (const [name, value] of Object.entries(ours)) {
    if (value !== null) variables[`OORE_${name}`] = value
  }
  for (const [name, value] of Object.entries(twoNames)) {
    if (value === null) continue
    variables[`CM_${name}`] = value
    variables[`FCI_${name}`] = value
  }
  return variables
}

/** What scripts can tell a build of a fork by: it may be of a branch that is called `main` there. */
export const forkVariables = ({ name }: { name: string | null }): Record<string, string> => ({
  OORE_FROM_FORK: 'true',
  ...(name !== null && { OORE_FORK: name }),
})

/** `OORE_INPUT_BUILD_TYPE` for the input `build-type`, and so on. */
export const inputVariables = (inputs: InputValues): Record<string, string> =>
  Object.fromEntries(
    Object.entries(inputs).map(([id, value]) => [
      `OORE_INPUT_${id.toUpperCase().replaceAll('-', '_')}`,
      String(value),
    ]),
  )

// The form on the page counts as api, as it does on Codemagic.
const triggerSource: Partial<Record<string, string>> = {
  manual: 'api',
  api: 'api',
  schedule: 'schedule',
}
