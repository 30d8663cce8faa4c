import type { Comparison } from '../../core/pipelines/compare.ts'
import type { Repository } from '../../core/repositories/repository.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { ButtonLink, PostButton } from '../ui/form.tsx'
import { Source } from '../ui/source.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { Diff } from './diff.tsx'
import { formatWords } from './edit.tsx'

type VersionPartProps = {
  repository: Repository
  view: Comparison & { isInForce: boolean }
  may: Shell['may']
  now: Millis
}

/** One stored version: what it changed, what it says, and the ways to use it again. */
export const VersionPart = ({ repository: { id }, view, may, now }: VersionPartProps) => {
  const { version, isInForce } = view
  const { content } = version
  return (
    <section class="section" aria-labelledby="version-title">
      <div class="section-head">
        <h2 id="version-title">Version {String(version.version)}</h2>
        {content !== null && may('pipeline.store') && (
          <div class="actions">
            {!isInForce && (
              <PostButton to={paths.restorePipeline(id, version.version)}>
                Restore this version
              </PostButton>
            )}
            <ButtonLink href={paths.editPipeline(id, version.version)}>Edit from it</ButtonLink>
          </div>
        )}
      </div>
      <p class="muted">
        {content === null ? 'Back to the file in the repository' : formatWords[version.format]}, by{' '}
        <Theirs>{version.createdBy}</Theirs>, <Ago at={version.createdAt} now={now} />.
        {isInForce && ' It is in use.'} <a href={paths.pipelineVersions(id)}>All versions</a>
      </p>
      {content !== null && (
        <>
          <Tabs
            label="What this version is compared with"
            tabs={[
              {
                name: 'What it changed',
                href: paths.pipelineVersion(id, version.version),
                current: view.against === 'before',
              },
              ...(isInForce
                ? []
                : [
                    {
                      name: 'Up to what is in use',
                      href: paths.pipelineVersion(id, version.version, 'now'),
                      current: view.against === 'now',
                    },
                  ]),
            ]}
          />
          <p class="muted tab-note">{sidesOf(view)}</p>
          <Diff hunks={view.hunks} />
          <h3 class="version-text">The whole of it</h3>
          <Source text={content} label={`The whole of version ${version.version}`} />
        </>
      )}
    </section>
  )
}

function sidesOf({ version, other, against, hunks }: Comparison): string {
  const own = `version ${version.version}`
  if (other === null) return 'It is the first one, so there is nothing to compare it with.'
  const name =
    other.version === null ? (other.fileName ?? 'the default') : `version ${other.version}`
  const [from, to] = against === 'before' ? [name, own] : [own, name]
  return hunks.length === 0
    ? `Nothing differs between ${from} and ${to}.`
    : `From ${from} to ${to}.`
}
