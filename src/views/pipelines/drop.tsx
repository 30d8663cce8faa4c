import type { Repository } from '../../core/repositories/repository.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Code, Theirs } from '../ui/text.tsx'

/** The repository's own file: its name, that there is none, or why that is not known now. */
export type OwnFile =
  { is: 'there'; fileName: string } | { is: 'none' } | { is: 'unknown'; why: string }

type DropPipelinePageProps = { shell: Shell; repository: Repository; ownFile: OwnFile }

/** Asks before a repository goes back to its own file, and says which file that is. */
export const DropPipelinePage = ({ shell, repository, ownFile }: DropPipelinePageProps) => (
  <Page
    shell={shell}
    title="Back to the file in the repository"
    width="narrow"
    crumbs={[
      { name: 'Repositories', href: paths.repositories() },
      { name: repository.fullName, href: paths.repository(repository.id, 'pipeline') },
      { name: 'Back to the file' },
    ]}
  >
    <Confirm
      title="Go back to the file in the repository?"
      to={paths.dropPipeline(repository.id)}
      action="Use the repository’s file"
      back={paths.repository(repository.id, 'pipeline')}
      keep="Keep the stored one"
    >
      <ul class="loses">
        <li>
          <Consequence ownFile={ownFile} branch={repository.defaultBranch} />
        </li>
        <li>What is stored stays in the history and can be restored.</li>
        <li>Builds that wait or run keep the configuration they were started with.</li>
      </ul>
    </Confirm>
  </Page>
)

function Consequence({ ownFile, branch }: { ownFile: OwnFile; branch: string }) {
  switch (ownFile.is) {
    case 'there':
      return (
        <>
          Builds of <Code>{branch}</Code> then use <Code>{ownFile.fileName}</Code>, each as it is at
          its own commit.
        </>
      )
    case 'none':
      return (
        <>
          <Code>{branch}</Code> has no <Code>oore.yaml</Code>, <Code>oore.huml</Code> or{' '}
          <Code>codemagic.yaml</Code>: a build then only gets the code and says how to begin.
        </>
      )
    case 'unknown':
      return (
        <>
          Which file is used then cannot be said now: <Theirs>{ownFile.why}</Theirs>
        </>
      )
  }
}
