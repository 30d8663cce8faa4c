import { type BuildDetail, isFinished } from '../../core/builds/build.ts'
import type { Millis } from '../../lib/clock.ts'
import { ArtifactList } from '../artifacts/list.tsx'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { TestSection } from '../tests/section.tsx'
import { Copy } from '../ui/copy.tsx'
import { Source } from '../ui/source.tsx'
import { plain, Theirs } from '../ui/text.tsx'
import { BuildHeader, titleMark } from './header.tsx'
import { BuildLog, type LogView } from './log.tsx'
import { ReportSection } from './report.tsx'
import { StepList } from './steps.tsx'
import { configurationOf, sourceWords } from './words.ts'

type BuildPageProps = {
  shell: Shell
  detail: BuildDetail
  /** The key of the step whose log is shown: `setup`, `0`…, `finish`. */
  chosen: string
  log: LogView
  now: Millis
}

const refreshSeconds = 3

/** One build, from its state in a sentence down to the configuration it used. */
export const BuildPage = ({ shell, detail, chosen, log, now }: BuildPageProps) => {
  const { build } = detail
  const live = !isFinished(build.status)
  return (
    <Page
      shell={shell}
      title={`${titleMark[build.status]} ${plain(build.repository)} #${build.number}`}
      crumbs={[
        { name: 'Builds', href: paths.builds() },
        { name: build.repository, href: paths.repository(build.repositoryId, 'builds') },
        { name: `#${build.number}` },
      ]}
      status={build.status}
      width="wide"
      {...(live ? { refreshSeconds } : {})}
    >
      <BuildHeader detail={detail} may={shell.may} now={now} />
      {(live || detail.steps.length > 0) && (
        <div class="workbench">
          <StepList detail={detail} chosen={chosen} now={now} />
          <BuildLog detail={detail} chosen={chosen} log={log} live={live} />
        </div>
      )}
      <TestSection build={build} tests={detail.tests} />
      <ArtifactList
        build={build}
        artifacts={detail.artifacts}
        mayShare={shell.may('artifact.share')}
      />
      {detail.report !== null && (
        <ReportSection
          build={build}
          report={detail.report}
          comment={detail.comment}
          may={shell.may}
          now={now}
        />
      )}
      <ConfigurationUsed detail={detail} />
      <BuildIds detail={detail} />
    </Page>
  )
}

const ConfigurationUsed = ({ detail: { build, config } }: { detail: BuildDetail }) => (
  <section class="section" aria-labelledby="config-title">
    <h2 id="config-title">Configuration used</h2>
    {build.fork !== null && <p class="muted">{configurationOf(build, config?.fileName ?? null)}</p>}
    {config === null ? (
      <p class="muted">
        None was found at this commit; the source is {sourceWords[build.configSource]}.
      </p>
    ) : (
      <details class="disclosure">
        <summary>
          <code>{plain(config.fileName)}</code>
          {build.fork === null && <span class="muted"> {sourceWords[build.configSource]}</span>}
        </summary>
        <Source text={config.content} label="Configuration" />
      </details>
    )}
  </section>
)

const BuildIds = ({ detail: { build, inputs } }: { detail: BuildDetail }) => (
  <section class="section" aria-labelledby="details-title">
    <h2 id="details-title">Details</h2>
    <dl class="pairs">
      <dt>Build id</dt>
      <dd>
        <code>{build.id}</code>
        <Copy text={build.id} label="Copy the build id" />
      </dd>
      <dt>Commit</dt>
      <dd>
        <code class="breakable">{build.commitSha}</code>
      </dd>
      <dt>Workflow id</dt>
      <dd>
        <code>{plain(build.workflow)}</code>
      </dd>
      {Object.entries(inputs).map(([id, value]) => (
        <>
          <dt>
            Input <Theirs>{id}</Theirs>
          </dt>
          <dd>
            <code class="breakable">{plain(String(value))}</code>
          </dd>
        </>
      ))}
      <dt>Priority</dt>
      <dd>
        {build.priority} <span class="muted">of 4; 1 is served first</span>
      </dd>
    </dl>
  </section>
)
