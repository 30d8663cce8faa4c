/*
 * The words that columns hold. They are the domain's; db may not import core, so core's own types
 * are held against these by the compiler where rows become values.
 */
export type { Provider } from '../../scm/providers.ts'
export type RepositoryState = 'active' | 'inactive' | 'error' | 'pending_setup'
export type ConfigurationFirst = 'stored' | 'repository'
export type ForkBuilds = 'ask' | 'never'
export type BuildStatus =
  'waiting_approval' | 'pending' | 'running' | 'success' | 'failure' | 'cancelled' | 'skipped'
export type FailureKind = 'step' | 'timeout' | 'setup' | 'config' | 'credentials' | 'interrupted'
export type TriggerType =
  'push' | 'pull_request' | 'merge_request' | 'tag' | 'manual' | 'api' | 'schedule'
export type ConfigSource = 'database' | 'repository' | 'default' | 'draft'
export type StepStatus = 'pending' | 'running' | 'success' | 'failure' | 'skipped' | 'cancelled'
export type StepKind = 'pre_clone' | 'setup' | 'script' | 'finish'
export type DeliveryStatus = 'received' | 'processed' | 'ignored' | 'rejected' | 'failed'
export type ArtifactKind = 'apk' | 'aab' | 'ipa' | 'app' | 'archive' | 'symbols' | 'log' | 'file'
export type CommitState = 'pending' | 'running' | 'success' | 'failure' | 'error' | 'cancelled'
export type ReportWay = 'check' | 'status'
export type TellingStatus = 'waiting' | 'told' | 'given_up'
export type HandshakePurpose = 'github_app' | 'github_install' | 'gitlab' | 'sign_in'
export type HandshakeOutcome =
  { is: 'done'; subject: string; text: string } | { is: 'failed'; text: string }
export type Role = 'owner' | 'admin' | 'developer' | 'viewer'
export type UserState = 'invited' | 'active' | 'disabled'
/** Where people may sign in. */
export type SignInProvider = 'github' | 'gitlab'
export type GithubAccountType = 'User' | 'Organization'
export type GithubPermissions = Record<string, 'read' | 'write' | 'admin'>
export type GitlabState = 'registered' | 'connected' | 'reauthorize'
export type TestStatus = 'passed' | 'failed' | 'error' | 'skipped'

export type ApprovalVerdict = 'approved' | 'denied'

/** Where the code of a build came from, where that is another repository: to be shown. */
export type Fork = {
  /** Null once it is deleted. */
  name: string | null
  url: string | null
  author: string | null
  pullRequestUrl: string | null
  /** The commit of the target branch whose configuration was used. */
  configCommit: string
}

/** What somebody was asked when they approved or denied a commit. */
export type Asked = {
  fork: Fork
  configSource: ConfigSource
  builds: { id: string; number: number; workflow: string; mergeCommit: string | null }[]
}

/** How the tests of a build turned out, kept with the build so that lists need no counting. */
export type TestCounts = {
  total: number
  passed: number
  failed: number
  skipped: number
  durationMs: number
}
