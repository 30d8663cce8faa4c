import {
  type Build,
  type BuildDetail,
  durationMs,
  isFinished,
  queueMs,
} from '../../core/builds/build.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { countsInShort } from '../tests/words.ts'
import { Copy } from '../ui/copy.tsx'
import { ButtonLink, PostButton } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { OutLink } from '../ui/out-link.tsx'
import { Sha } from '../ui/sha.tsx'
import { Code, Middle, Theirs, Told, plain } from '../ui/text.tsx'
import { Ago, Lasting } from '../ui/time.tsx'
import { refName } from './rows.tsx'
import { buildTitle, failureHelp, sentenceOf, triggerIcons, triggerWords } from './words.ts'

type BuildHeaderProps = {
  detail: BuildDetail
  /** What this reader may do: what they may not is not offered. */
  may: Shell['may']
  now: Millis
}

/** A part: the build's state in a sentence, what it is of, and what can be done now. */
export const BuildHeader = ({ detail, may, now }: BuildHeaderProps) => {
  const { build } = detail
  return (
    <header
      id="build-header"
      class="build-header"
      data-status={build.status}
      data-title={`${titleMark[build.status]} ${build.repository} #${build.number}`}
    >
      <div class="build-top">
        <h1>
          <span class={`st ${build.status}`}>
            <Icon name={build.status} />
          </span>
          <StateSentence detail={detail} now={now} />
        </h1>
        <Actions build={build} may={may} />
      </div>
      <p class="build-title">
        <Theirs>{buildTitle(build)}</Theirs>
      </p>
      <Facts detail={detail} may={may} now={now} />
      <Why detail={detail} />
    </header>
  )
}

/** The state's mark in the tab's title. */
export const titleMark = {
  waiting_approval: '?',
  pending: '·',
  running: '●',
  success: '✓',
  failure: '✗',
  cancelled: '⊘',
  skipped: '–',
} as const

/** A build's state in a sentence; its duration ticks while it runs. */
export function StateSentence({ detail, now }: Omit<BuildHeaderProps, 'may'>) {
  const { build, steps } = detail
  const sentence = sentenceOf(build, steps, durationMs(build, now))
  return (
    <span>
      {sentence.before}
      {sentence.step !== null && (
        <em title={plain(sentence.step)}>
          <Theirs>{shortened(sentence.step)}</Theirs>
        </em>
      )}
      {sentence.ms !== null && (
        <>
          {sentence.after}
          <Lasting ms={sentence.ms} ticks={!isFinished(build.status)} />
        </>
      )}
    </span>
  )
}

/** Characters of a step's name that the sentence holds: without a name it is its whole script. */
const nameLength = 48

function shortened(name: string): string {
  const characters = Array.from(name)
  if (characters.length <= nameLength) return name
  return `${characters
    .slice(0, nameLength - 1)
    .join('')
    .trimEnd()}…`
}

type ActionsProps = { build: Build; may: Shell['may'] }

const Actions = ({ build, may }: ActionsProps) => (
  <div class="actions">
    {isFinished(build.status) ? (
      <WhatNext build={build} may={may} />
    ) : build.cancelRequestedAt !== null ? (
      <span class="muted">Stopping…</span>
    ) : (
      <>
        {build.status === 'waiting_approval' && may('build.approve') && (
          <ButtonLink href={paths.approval(build.id)} kind="primary">
            Review it
          </ButtonLink>
        )}
        {may('build.cancel') && (
          <a class="button button-plain" href={paths.cancelBuild(build.id)} data-dialog="">
            Cancel
          </a>
        )}
      </>
    )}
  </div>
)

/** A retry uses the same configuration, so where that is what is wrong it can never help. */
const WhatNext = ({ build, may }: ActionsProps) => (
  <>
    {build.failureKind === 'config' ? (
      <ButtonLink href={paths.repository(build.repositoryId, 'pipeline')} kind="primary">
        Open the configuration
      </ButtonLink>
    ) : (
      may('build.trigger') && (
        <PostButton
          to={paths.retryBuild(build.id)}
          kind={build.status === 'success' || build.status === 'skipped' ? 'plain' : 'primary'}
        >
          Retry
        </PostButton>
      )
    )}
    {may('build.trigger') && (
      <ButtonLink href={paths.trigger(build.repositoryId)}>Build again…</ButtonLink>
    )}
  </>
)

const Facts = ({ detail: { build, artifacts, approval }, may, now }: BuildHeaderProps) => (
  <dl class="facts">
    <div>
      <dt>Build</dt>
      <dd>
        <a href={paths.repository(build.repositoryId)}>
          <Middle>{build.repository}</Middle>
        </a>{' '}
        <span class="num">#{build.number}</span>
      </dd>
    </div>
    <div>
      <dt>Workflow</dt>
      <dd>
        <Middle>{build.workflowName}</Middle>
      </dd>
    </div>
    <div>
      <dt>{build.tag === null ? 'Branch' : 'Tag'}</dt>
      <dd class="mono">
        {build.tag === null && build.branch !== null && build.fork === null ? (
          <a href={paths.builds({ repository: build.repositoryId, branch: build.branch })}>
            <Middle>{build.branch}</Middle>
          </a>
        ) : (
          <Middle>{refName(build)}</Middle>
        )}
      </dd>
    </div>
    <div>
      <dt>Commit</dt>
      <dd>
        <a href={paths.builds({ repository: build.repositoryId, q: build.commitSha })}>
          <Sha sha={build.commitSha} />
        </a>
        <Copy text={build.commitSha} label="Copy the whole commit SHA" />
      </dd>
    </div>
    {build.fork !== null && (
      <div>
        <dt>From a fork</dt>
        <dd>
          <span>
            <OutLink href={build.fork.url}>{build.fork.name ?? 'deleted since'}</OutLink>
            {approval !== null && (
              <>
                ,{' '}
                {may('build.approve') ? (
                  <a href={paths.approval(build.id)}>{approval.verdict}</a>
                ) : (
                  approval.verdict
                )}{' '}
                by <Theirs>{approval.by}</Theirs> <Ago at={approval.at} now={now} />
              </>
            )}
          </span>
        </dd>
      </div>
    )}
    {build.commitAuthor !== null && (
      <div>
        <dt>Author</dt>
        <dd>
          <Middle>{build.commitAuthor}</Middle>
        </dd>
      </div>
    )}
    <div>
      <dt>Started by</dt>
      <dd>
        <Icon name={triggerIcons[build.triggerType]} />
        <span>
          {triggerWords[build.triggerType]}
          {build.pullRequestNumber !== null && ` #${build.pullRequestNumber}`}
          {build.pullRequestTarget !== null &&
            `${build.mergeCommitSha === null ? '' : ', merged'} into ${build.pullRequestTarget}`}
          {build.retryOf !== null && (
            <>
              {', a retry of '}
              <a href={paths.build(build.retryOf)}>an earlier build</a>
            </>
          )}
        </span>
      </dd>
    </div>
    <div>
      <dt>Queued</dt>
      <dd>
        <span>
          <Ago at={build.queuedAt} now={now} />
          {build.startedAt !== null && (
            <span class="muted">
              , waited <Lasting ms={queueMs(build, now)} />
            </span>
          )}
        </span>
      </dd>
    </div>
    {build.tests !== null && (
      <div>
        <dt>Tests</dt>
        <dd>
          <a href="#build-tests">{countsInShort(build.tests)}</a>
        </dd>
      </div>
    )}
    {artifacts.length > 0 && (
      <div>
        <dt>Artifacts</dt>
        <dd>
          <a href="#artifact-list">
            {artifacts.length === 1 ? '1 file' : `${artifacts.length} files`}
          </a>
        </dd>
      </div>
    )}
    {build.labels.length > 0 && (
      <div>
        <dt>Labels</dt>
        <dd class="labels">
          {build.labels.map((label) => (
            <span class="label">
              <Theirs>{label}</Theirs>
            </span>
          ))}
        </dd>
      </div>
    )}
  </dl>
)

/** Why it waits, or what went wrong and what to do. */
const Why = ({ detail: { build, waitingFor } }: { detail: BuildDetail }) => (
  <>
    {waitingFor !== null && (
      <NoticeBox kind={build.status === 'waiting_approval' ? 'warning' : 'info'}>
        <p>
          <Theirs>{waitingFor}</Theirs>
        </p>
      </NoticeBox>
    )}
    {build.errorMessage !== null && (
      <NoticeBox kind={build.status === 'failure' ? 'error' : 'info'}>
        <Told>{build.errorMessage}</Told>
        {build.failureKind !== null && <p class="muted">{failureHelp[build.failureKind]}</p>}
      </NoticeBox>
    )}
    {build.status === 'success' && build.configSource === 'default' && (
      <NoticeBox kind="warning">
        This repository has no configuration, so Oore used its default. Add <Code>oore.yaml</Code>{' '}
        to say what to build.
      </NoticeBox>
    )}
  </>
)
