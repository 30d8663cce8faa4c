import { aboutProvider, type Repository } from '../../core/repositories/repository.ts'
import type { Millis } from '../../lib/clock.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { type RepositoryTab, paths } from '../paths.ts'
import { PipelineTab, type PipelineView } from '../pipelines/view.tsx'
import { ButtonLink } from '../ui/form.tsx'
import { safeUrl } from '../ui/link.ts'
import { NoticeBox } from '../ui/notice.tsx'
import { RepositoryStatus } from '../ui/status.tsx'
import { Middle, Theirs, plain } from '../ui/text.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { type GroupsProps, VariableGroups } from '../variables/groups.tsx'
import { BuildsTab, type BuildsTabProps } from './builds-tab.tsx'
import { OverviewTab, type OverviewTabProps } from './overview-tab.tsx'
import { SettingsTab, type SettingsTabProps } from './settings-tab.tsx'

/** What a tab shows, besides the repository itself. */
export type RepositoryTabContent =
  | ({ tab: 'overview' } & Omit<OverviewTabProps, Own>)
  | ({ tab: 'builds' } & Omit<BuildsTabProps, Own>)
  | { tab: 'pipeline'; view: PipelineView }
  | { tab: 'variables'; groups: GroupsProps }
  | ({ tab: 'settings' } & Omit<SettingsTabProps, Own>)

type Own = 'repository' | 'may' | 'now'

type RepositoryPageProps = {
  shell: Shell
  repository: Repository
  content: RepositoryTabContent
  now: Millis
}

const tabNames: Record<RepositoryTab, string> = {
  overview: 'Overview',
  builds: 'Builds',
  pipeline: 'Pipeline',
  variables: 'Variables',
  settings: 'Settings',
}

/** One repository, in tabs that each have an address. */
export const RepositoryPage = ({ shell, repository, content, now }: RepositoryPageProps) => (
  <Page
    shell={shell}
    title={`${plain(repository.fullName)} · ${tabNames[content.tab]}`}
    crumbs={[{ name: 'Repositories', href: paths.repositories() }, { name: repository.fullName }]}
    script={content.tab === 'pipeline' && content.view.shows === 'edit' ? 'editor.js' : undefined}
  >
    <header class="page-head">
      <div class="grow">
        <h1>
          <Theirs>{repository.fullName}</Theirs>
        </h1>
        <p class="sub">
          <RepositoryStatus state={repository.state} />
          <span>{aboutProvider(repository.provider).name}</span>
          <CloneAddress url={repository.cloneUrl} />
        </p>
      </div>
      {repository.state === 'active' && shell.may('build.trigger') && (
        <ButtonLink
          href={paths.trigger(repository.id)}
          kind={content.tab === 'overview' || content.tab === 'builds' ? 'primary' : 'plain'}
        >
          Start a build
        </ButtonLink>
      )}
    </header>
    {repository.stateReason !== null && (
      <NoticeBox kind="warning">
        <p>
          Paused: nothing of it is built. <Theirs>{repository.stateReason}</Theirs>
        </p>
      </NoticeBox>
    )}
    <Tabs
      label="Parts of the repository"
      tabs={tabsFor(shell).map((tab) => ({
        name: tabNames[tab],
        href: paths.repository(repository.id, tab),
        current: tab === content.tab,
      }))}
    />
    <Content repository={repository} content={content} may={shell.may} now={now} />
  </Page>
)

/** The clone address, as a link where a browser can follow it. */
function CloneAddress({ url }: { url: string }) {
  const href = safeUrl(url)
  return href === null ? (
    <code>
      <Middle>{url}</Middle>
    </code>
  ) : (
    <a href={href} rel="noopener noreferrer nofollow">
      <code>
        <Middle>{url}</Middle>
      </code>
    </a>
  )
}

/** What only some may see is no tab to the others. */
const tabsFor = ({ may }: Shell): RepositoryTab[] => [
  'overview',
  'builds',
  'pipeline',
  ...(may('variable.read') ? (['variables'] as const) : []),
  ...(may('repository.change') ? (['settings'] as const) : []),
]

type ContentProps = {
  repository: Repository
  content: RepositoryTabContent
  may: Shell['may']
  now: Millis
}

function Content({ repository, content, may, now }: ContentProps) {
  switch (content.tab) {
    case 'overview':
      return <OverviewTab repository={repository} may={may} now={now} {...content} />
    case 'builds':
      return <BuildsTab repository={repository} may={may} now={now} {...content} />
    case 'pipeline':
      return <PipelineTab repository={repository} may={may} now={now} view={content.view} />
    case 'variables':
      return <VariableGroups {...content.groups} />
    case 'settings':
      return <SettingsTab repository={repository} {...content} />
  }
}
