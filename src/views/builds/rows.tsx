import {
  type Build,
  durationMs,
  isFinished,
  queueMs,
  triggerTypes,
} from '../../core/builds/build.ts'
import type { Millis } from '../../lib/clock.ts'
import { durationText } from '../../lib/sizes.ts'
import { fixedEach } from '../layout/markup.ts'
import { paths } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'
import { shortSha } from '../ui/sha.tsx'
import { Status } from '../ui/status.tsx'
import { Middle, Theirs } from '../ui/text.tsx'
import { Ago, Lasting } from '../ui/time.tsx'
import { buildTitle, triggerIcons, triggerWords } from './words.ts'

type BuildRowsProps = { builds: Build[]; now: Millis; caption: string; withRepository?: boolean }

/** Builds, one row each: a table on a desk, cards on a phone. */
export const BuildRows = ({ builds, now, caption, withRepository = true }: BuildRowsProps) => (
  <table class="rows builds">
    <caption class="sr-only">{caption}</caption>
    <thead>
      <tr>
        <th>Status</th>
        <th>Build</th>
        <th>Branch and commit</th>
        <th class="right">Took</th>
        <th class="right">Queued</th>
      </tr>
    </thead>
    <tbody>
      {builds.map((build) => (
        <BuildRow build={build} now={now} withRepository={withRepository} />
      ))}
    </tbody>
  </table>
)

type BuildRowProps = { build: Build; now: Millis; withRepository: boolean }

const BuildRow = ({ build, now, withRepository }: BuildRowProps) => (
  <tr id={`b-${build.id}`}>
    <td>
      <Status status={build.status} />
    </td>
    <td class="what">
      <a href={paths.build(build.id)}>
        <Theirs>{buildTitle(build)}</Theirs>
      </a>
      <p>
        {withRepository && <Theirs>{build.repository}</Theirs>} #{build.number} ·{' '}
        <Theirs>{build.workflowName}</Theirs>
        {build.fork !== null && (
          <>
            {' · fork '}
            <Theirs>{build.fork.name ?? 'deleted since'}</Theirs>
          </>
        )}
        {build.commitAuthor !== null && (
          <>
            {' · '}
            <Theirs>{build.commitAuthor}</Theirs>
          </>
        )}
      </p>
    </td>
    <td class="where">
      <span class="ref">
        {triggerDrawings[build.triggerType]}
        <Middle>{refName(build)}</Middle>
      </span>
      <code class="sha">{shortSha(build.commitSha)}</code>
    </td>
    <td class="right">
      <Took build={build} now={now} />
    </td>
    <td class="right">
      <Ago at={build.queuedAt} now={now} />
    </td>
  </tr>
)

const triggerDrawings = fixedEach(triggerTypes, (type) => (
  <>
    <Icon name={triggerIcons[type]} />
    <span class="sr-only">{triggerWords[type]}: </span>
  </>
))

/** How long it ran; while it waits, how long it has waited. */
function Took({ build, now }: { build: Build; now: Millis }) {
  const ms = durationMs(build, now)
  if (ms === null) {
    return isFinished(build.status) ? (
      <span class="muted">—</span>
    ) : (
      <span class="muted">
        waits <Lasting ms={queueMs(build, now)} ticks />
      </span>
    )
  }
  return isFinished(build.status) ? <>{durationText(ms)}</> : <Lasting ms={ms} ticks />
}

export const refName = (build: Build): string =>
  build.tag ??
  build.branch ??
  (build.pullRequestNumber === null ? 'detached' : `#${build.pullRequestNumber}`)
