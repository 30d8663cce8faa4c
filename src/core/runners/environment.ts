import type { schema } from '../../db/client.ts'

type BuildRow = typeof schema.builds.$inferSelect

/**
 * The variables of a build that the server knows: journey 17 (OORE_*), codemagic-yaml.md 3.11
 * (CM_*), and the old names of the latter (FCI_*), which one file in ten still reads. What a build
 * does not have is not set, never empty. The runner adds those of its machine.
 */
export function builtInVariables(
  build: BuildRow,
  repository: string,
  previousCommit: string | null,
): Record<string, string> {
  const always = {
    CI: 'true',
    CONTINUOUS_INTEGRATION: 'true',
    OORE: 'true',
    OORE_BUILD_ID: build.id,
    OORE_BUILD_NUMBER: String(build.number),
    OORE_COMMIT_SHA: build.commitSha,
    OORE_REPOSITORY_ID: build.repositoryId,
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
  }
  const variables: Record<string, string> = { ...always }
  if (build.branch !== null) variables['OORE_BRANCH'] = build.branch
  if (build.tag !== null) variables['OORE_TAG'] = build.tag
  for (const [name, value] of Object.entries(twoNames)) {
    if (value === null) continue
    variables[`CM_${name}`] = value
    variables[`FCI_${name}`] = value
  }
  return variables
}

// The form on the page counts as api, as it does on Codemagic.
const triggerSource: Partial<Record<BuildRow['triggerType'], string>> = {
  manual: 'api',
  api: 'api',
  schedule: 'schedule',
}
