import type { Millis } from '../lib/clock.ts'
import type { Reach } from '../lib/safe-fetch.ts'
import type { Secret } from '../lib/secret.ts'
import type { AboutProvider } from './about.ts'
import type { Provider } from './providers.ts'
import type { RepoEvent } from './repo-event.ts'

/**
 * Where code comes from. A provider is one folder that satisfies Scm, one line in providers.ts, and
 * in index.ts the one that the compiler then asks for; test/scm/contract.ts is run for every one.
 */
export type Scm = AboutProvider & {
  key: Provider
  /**
   * Reads what a person typed as a clone address and refuses what could harm: other schemes,
   * options, control characters, credentials inside the address. Throws OoreError `invalid` with
   * the field `clone_url`.
   */
  readCloneUrl(text: string, allowed: { local: boolean }): CloneUrl
  /**
   * Finds one commit and reads some of its files. Throws OoreError `invalid` (field `branch`, `tag`,
   * `commit` or `ref`) where the repository has no such thing, `unavailable` where it cannot be reached.
   */
  look(source: Source, want: Want, paths: readonly string[], signal?: AbortSignal): Promise<Look>
  /**
   * Which files differ between two commits, named by their whole ids. `unknown` where that cannot be
   * found out: the earlier commit is gone after a forced push, or the repository cannot be reached
   * now. The caller then does what it would do if everything had changed.
   */
  changedFiles(
    source: Source,
    from: string,
    to: string,
    signal?: AbortSignal,
  ): Promise<ChangedFiles>
  /**
   * Where its branches and tags stand: commits by `refs/heads/…` and `refs/tags/…`, of a tag the
   * commit it stands for. Null where there are more than 20,000. Throws OoreError `unavailable`, or
   * `invalid` where it cannot be read as it is entered.
   */
  listRefs(source: Source, signal?: AbortSignal): Promise<Map<string, string> | null>
  /**
   * The paths of files that are wanted, of a commit that `look` has found: a bounded number, from a
   * bounded part of the tree. Asks no server.
   */
  findPaths(
    source: Source,
    commit: string,
    isWanted: (path: string) => boolean,
    signal?: AbortSignal,
  ): Promise<string[]>
  /**
   * The ref where the provider keeps the merge of a pull request into its target, made anew with
   * every push; null where it keeps none.
   */
  mergeRefOf(pullRequest: number): string | null
  /**
   * The ref where the provider keeps the newest commit of a pull request, also of one from a fork;
   * null where it keeps none: then nothing of a fork can be read.
   */
  headRefOf(pullRequest: number): string | null
  /** The headers that `readHook` looks at. No other reaches it: no cookie and no token of anyone's. */
  hookHeaders: readonly string[]
  /** Verifies a delivery over its raw bytes and says what happened; see Hook. */
  readHook(hook: Hook): HookReading
  /**
   * Tells the forge how a commit stands. Never throws: what went wrong is in the answer, without the
   * token. Telling the same twice is telling it once. Absent where there is nobody to tell.
   */
  report?(target: ForgeTarget, status: CommitStatus, signal?: AbortSignal): Promise<Told>
  /**
   * Writes the one comment of a pull request, or makes it anew in its place. Never throws, as
   * `report`. Absent where a provider has no comments.
   */
  comment?(
    target: ForgeTarget,
    comment: PullRequestComment,
    signal?: AbortSignal,
  ): Promise<Commented>
}

/** A clone address that is safe to hand to git, and the name it gives the repository. */
export type CloneUrl = {
  url: string
  owner: string
  name: string
  fullName: string
  /** In lower case and without a port; null for a repository of this machine's disk. */
  host: string | null
}

/** A repository as git sees it. */
export type Source = {
  cloneUrl: string
  credential: { username: string; password: Secret } | null
  /** How the certificate of its server is believed; left out where the machine's own do. */
  tls?: { ca: string | null; isUnchecked: boolean } | null
  /** May `file://` be read? The operator decides. */
  allowLocal: boolean
  /** A directory of this repository's own, made when needed, where fetched objects are kept. */
  cacheDir: string
}

export type Want =
  | { branch: string }
  | { tag: string }
  | { commit: string; branch: string | null }
  /** What a provider gave by `mergeRefOf` or `headRefOf`. */
  | { ref: string }

export type Look = {
  commit: string
  /** The whole message. */
  message: string
  author: string
  /** Whole ids; of a merge the target's commit first. */
  parents: string[]
  /** File text by the path asked for; null where the commit has no such file. */
  files: Record<string, string | null>
}

export type ChangedFiles =
  /** Paths from the root, of a renamed file both. `isPartial`: there are more, too many to tell. */
  | { is: 'known'; files: string[]; isPartial: boolean }
  /** `why` is a sentence. */
  | { is: 'unknown'; why: string }

export type Hook = {
  /** Header names in lower case. */
  headers: Record<string, string>
  body: Uint8Array
  secret: Secret | null
  /** What else a delivery has to be proven by; left out where the secret is all there is. */
  signed?: Signed | null
}

/** A token that a forge signs bodies and times with, besides sending the secret, and what time it is. */
export type Signed = { token: Secret; now: Millis }

export type HookReading =
  | {
      is: 'verified'
      event: string
      /** Unique per delivery, from a header or else from the body. */
      deliveryId: string
      happened: RepoEvent
    }
  /** Recorded, not processed. */
  | { is: 'rejected'; event: string; deliveryId: string; why: string }

/** A repository as its forge's API is spoken to about it. */
export type ForgeTarget = {
  cloneUrl: string
  /** By what right: a GitHub App's installation, a person's grant, or a token somebody entered. */
  via: 'app' | 'oauth' | 'token'
  /** The API's address where it is known; null where the clone address tells it. */
  apiUrl: string | null
  reach: Reach
  /** Its password is the token of the forge's API. */
  credential: { username: string; password: Secret }
  /** May plain http to the loopback address be spoken? The operator decides, as for cloning. */
  allowLocal: boolean
}

export type CommitState = 'pending' | 'running' | 'success' | 'failure' | 'error' | 'cancelled'

export type CommitStatus = {
  /** The whole id. */
  commit: string
  /** The branch or tag that was built, where one is known. */
  ref: string | null
  /** What tells the checks of a commit apart; the newest status of each counts. */
  context: string
  state: CommitState
  /** One line of plain text, at most 140 characters. */
  description: string
  /** Where a person reads more. */
  url: string
  /** What is told besides where a forge shows more than a state; null where it may not be asked to. */
  check?: CheckDetails | null
}

/** How a check ended; the words are GitHub's. */
export type CheckConclusion = 'success' | 'failure' | 'cancelled' | 'timed_out' | 'action_required'

export type CheckDetails = {
  /** Whose check it is: the build's id, which comes back when somebody asks for it again. */
  externalId: string
  /** Null until it has ended. */
  conclusion: CheckConclusion | null
  startedAt: Millis | null
  finishedAt: Millis | null
  /** Markdown in which nothing that others wrote means anything. */
  summary: string
  text: string | null
  /** May somebody ask for it again? */
  isRetryable: boolean
  /** What the forge called this check when it took it before. */
  handle: string | null
  /** An earlier answer did not come, so there may be more of it than `handle` tells. */
  isUnsure: boolean
}

/** The comment of a pull request, as it is to read now. */
export type PullRequestComment = {
  number: number
  /** Markdown; begins with `marker`. */
  body: string
  /** One line that nobody sees, by which the comment is found where its name is not known. */
  marker: string
  /** What the forge called the comment when it took it before. */
  handle: string | null
  /** An earlier answer did not come, so there may be another one. */
  isUnsure: boolean
}

/** What became of a comment. `gone`: there was one, and somebody has deleted it. */
export type Commented = Told | { is: 'gone' }

/** What became of a report. `why` is a sentence for people. */
export type Told =
  | {
      is: 'told'
      /** What the forge calls what it took, where that is needed to change it. */
      handle?: string
      /** Where more than a state was shown. */
      way?: 'check'
      /** The forge lets nobody make checks here with this token, so it was told by a status. */
      isCheckRefused?: boolean
    }
  /** Trying again changes nothing. */
  | { is: 'refused'; why: string }
  | {
      is: 'later'
      why: string
      /** The forge named the time: nothing of this repository is to be sent before. */
      afterMs: number | null
      /** The answer did not come, so the forge may have taken it, or may take it yet. */
      unsure: boolean
    }
