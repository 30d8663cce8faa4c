import type { PersonVerb } from '../../core/access/may.ts'
import { paths } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'
import { Theirs } from '../ui/text.tsx'
import type { Shell, Theme } from './shell.ts'

type Place = { name: string; href: string; takes: PersonVerb }

const places: readonly Place[] = [
  { name: 'Dashboard', href: paths.dashboard(), takes: 'overview.read' },
  { name: 'Builds', href: paths.builds(), takes: 'build.read' },
  { name: 'Repositories', href: paths.repositories(), takes: 'repository.read' },
  { name: 'Webhooks', href: paths.webhooks(), takes: 'delivery.read' },
  { name: 'Settings', href: paths.settings(), takes: 'signing.read' },
]

const themes: { theme: Theme; name: string }[] = [
  { theme: 'system', name: 'As the system' },
  { theme: 'light', name: 'Light' },
  { theme: 'dark', name: 'Dark' },
]

/** The bar above every page. Strangers see only the mark and the way in. */
export const Header = ({ shell }: { shell: Shell }) => (
  <header class="top">
    <a class="mark" href={paths.dashboard()}>
      <Mark />
    </a>
    {shell.actor === null ? <span class="grow" /> : <Places shell={shell} />}
    <Account shell={shell} />
  </header>
)

/** The mark alone: where nothing else here is for the reader. */
export const BareHeader = () => (
  <header class="top">
    <span class="mark">
      <Mark />
    </span>
  </header>
)

const Mark = () => (
  <>
    <svg class="mark-icon" viewBox="0 0 20 20" aria-hidden="true">
      <use href="#i-mark" />
    </svg>
    Oore
  </>
)

const Places = ({ shell }: { shell: Shell }) => (
  <>
    <nav class="places" aria-label="Main">
      <PlaceLinks shell={shell} />
    </nav>
    <span class="grow" />
    <form class="quick-search" method="get" action={paths.builds()} role="search">
      <Icon name="search" />
      <input
        type="search"
        name="q"
        id="quick-search"
        aria-label="Search builds by commit, branch or message"
        placeholder="Search builds"
        aria-keyshortcuts="/"
      />
      <kbd class="js-only" aria-hidden="true">
        /
      </kbd>
    </form>
    <RunningCount count={shell.runningCount} />
  </>
)

/** How many builds run now; a link to them. */
const RunningCount = ({ count }: { count: number }) => (
  <a
    id="running-count"
    class={count > 0 ? 'running-count st running' : 'running-count st'}
    href={paths.builds({ status: 'running' })}
    aria-label={count === 1 ? '1 running build' : `${count} running builds`}
    title="Running builds"
  >
    {count > 0 ? <Icon name="running" /> : <Icon name="pending" />}
    <span class="num">{count}</span>
    <span class="wide-only">running</span>
  </a>
)

const Account = ({ shell }: { shell: Shell }) => (
  <details class="menu">
    <summary aria-label="Menu">
      <span class="narrow-only">
        <Icon name="menu" />
      </span>
      <span class="account wide-only">
        <Icon name="person" />
        <Theirs>{shell.actor ?? 'Not signed in'}</Theirs>
      </span>
    </summary>
    <div class="menu-panel">
      {shell.actor !== null && (
        <nav class="narrow-only" aria-label="Places">
          <PlaceLinks shell={shell} />
        </nav>
      )}
      <form method="post" action={paths.theme()} class="menu-group">
        <p class="menu-title">Appearance</p>
        <input type="hidden" name="next" value={shell.path} />
        {themes.map(({ theme, name }) => (
          <button
            type="submit"
            name="theme"
            value={theme}
            aria-pressed={theme === shell.theme ? 'true' : 'false'}
          >
            {name}
          </button>
        ))}
      </form>
      <button type="button" class="js-only" data-open-help="">
        Keyboard shortcuts <kbd>?</kbd>
      </button>
      {shell.actor === null ? (
        <a href={paths.login()}>Sign in</a>
      ) : (
        <>
          <a href={paths.account()}>Your account</a>
          <form method="post" action={paths.logout()}>
            <button type="submit">Sign out</button>
          </form>
        </>
      )}
    </div>
  </details>
)

/** What they may not see is not offered. */
const PlaceLinks = ({ shell: { path, may } }: { shell: Shell }) => (
  <>
    {places
      .filter(({ takes }) => may(takes))
      .map(({ name, href }) => (
        <a href={href} aria-current={isAt(href, path) ? 'page' : undefined}>
          {name}
        </a>
      ))}
  </>
)

function isAt(place: string, path: string): boolean {
  const here = path.split('?', 1)[0]!
  return place === '/' ? here === '/' : here === place || here.startsWith(`${place}/`)
}
