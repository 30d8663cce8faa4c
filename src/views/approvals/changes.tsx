import { type ApprovalRequest, type ChangedFile } from '../../core/approvals/approval.ts'
import { Diff } from '../pipelines/diff.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Code, Theirs } from '../ui/text.tsx'

/** What a pull request changes: the configuration first, then what decides what is run. */
export function ChangesPart({ request: { build, changes } }: { request: ApprovalRequest }) {
  if (changes.is === 'unknown') {
    return (
      <section class="section" aria-labelledby="changes-title">
        <h2 id="changes-title">What it changes</h2>
        <NoticeBox kind="warning">
          <p class="breakable">
            It could not be read: <Theirs>{changes.why}</Theirs>
          </p>
        </NoticeBox>
      </section>
    )
  }
  const { configurations, files, count, isPartial } = changes
  const risky = files.filter(({ risk }) => risk !== null)
  const others = files.filter(({ risk }) => risk === null)
  return (
    <>
      {configurations.length > 0 && (
        <section class="section" aria-labelledby="configuration-title">
          <h2 id="configuration-title">It changes the configuration</h2>
          <p>
            This build does not use these changes: it goes by what{' '}
            <Code>{build.pullRequestTarget ?? ''}</Code> has. Once merged, they count.
          </p>
          {configurations.map(({ fileName, hunks }) => (
            <>
              <h3>
                <Code>{fileName}</Code>
              </h3>
              <Diff hunks={hunks} label={`Changes of ${fileName}`} />
            </>
          ))}
        </section>
      )}
      <section class="section" aria-labelledby="files-title">
        <h2 id="files-title">
          Changed files{' '}
          <span class="count num">
            {count.toLocaleString('en')}
            {isPartial && '+'}
          </span>
        </h2>
        {count === 0 && <p class="muted">It changes no file.</p>}
        {risky.length > 0 && (
          <>
            <h3>Look at these first: they decide what is run</h3>
            <ul class="changed-files risky">
              {risky.map((file) => (
                <FileRow file={file} />
              ))}
            </ul>
          </>
        )}
        {others.length > 0 && (
          <>
            {risky.length > 0 && <h3>The others</h3>}
            <ul class="changed-files">
              {others.map((file) => (
                <FileRow file={file} />
              ))}
            </ul>
          </>
        )}
        {(count > files.length || isPartial) && (
          <p class="muted">
            These are {files.length.toLocaleString('en')} of them. The pull request shows all.
          </p>
        )}
        {count > 0 && (
          <p class="muted">
            Tests and sources are run too: what decides most is not all that can do harm.
          </p>
        )}
      </section>
    </>
  )
}

const FileRow = ({ file: { path, risk } }: { file: ChangedFile }) => (
  <li>
    <span class="breakable">
      <Code>{path}</Code>
    </span>
    {risk !== null && <span class="risk">{risk}</span>}
  </li>
)
