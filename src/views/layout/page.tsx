import type { Child } from '#jsx/jsx-runtime'
import type { BuildStatus } from '../../core/builds/build.ts'
import { NoticeBox } from '../ui/notice.tsx'
import { Theirs } from '../ui/text.tsx'
import { type Crumb, Crumbs } from './crumbs.tsx'
import { BareHeader, Header } from './header.tsx'
import { doctype } from './markup.ts'
import type { Shell } from './shell.ts'
import { sprite } from './sprite.tsx'

type PageProps = {
  shell: Shell
  title: string
  crumbs?: Crumb[]
  /** What the tab's icon shows. */
  status?: BuildStatus
  /** Without a script, load the page again this often. Seconds; not at all when left out. */
  refreshSeconds?: number
  /** `wide` for logs, `narrow` for a form alone. */
  width?: 'narrow' | 'wide'
  /** A script that only this page needs, by the name of its asset. */
  script?: string | undefined
  /** Leads on to this address by itself, at once. */
  leadsTo?: string
  /** Without places and account: for readers who have no account here, and are to get none. */
  bare?: boolean
  children: Child
}

/** The whole document: everything else is drawn inside this. */
export const Page = ({
  shell,
  title,
  crumbs,
  status,
  refreshSeconds,
  leadsTo,
  width,
  script,
  bare = false,
  children,
}: PageProps) => (
  <>
    {doctype}
    <html lang="en" data-theme={shell.theme}>
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · Oore`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={shell.theme === 'system' ? 'light dark' : shell.theme} />
        <meta name="htmx-config" content={htmxConfig} />
        <link
          rel="icon"
          type="image/svg+xml"
          id="favicon"
          href={shell.assets(iconFile(status))}
          data-running={shell.assets('icon-running.svg')}
          data-success={shell.assets('icon-success.svg')}
          data-failure={shell.assets('icon-failure.svg')}
        />
        <link rel="stylesheet" href={shell.assets('app.css')} />
        <script src={shell.assets('app.js')} defer={true}></script>
        {script !== undefined && <script src={shell.assets(script)} defer={true}></script>}
        {leadsTo !== undefined && <meta http-equiv="refresh" content={`0;url=${leadsTo}`} />}
        {refreshSeconds !== undefined && (
          <noscript>
            <meta http-equiv="refresh" content={String(refreshSeconds)} />
          </noscript>
        )}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        {sprite}
        {bare ? <BareHeader /> : <Header shell={shell} />}
        <main id="main" class={width ?? 'normal'}>
          {crumbs !== undefined && <Crumbs crumbs={crumbs} />}
          {(shell.alerts ?? []).map(({ text, href, action }) => (
            <NoticeBox kind="warning">
              <Theirs>{text}</Theirs> <a href={href}>{action}</a>
            </NoticeBox>
          ))}
          {shell.notice != null && (
            <NoticeBox kind={shell.notice.kind}>{shell.notice.text}</NoticeBox>
          )}
          {children}
        </main>
        <div id="offline" class="offline" role="status" hidden={true}></div>
        <dialog id="dialog" aria-label="Please confirm"></dialog>
      </body>
    </html>
  </>
)

/** A server that comes back is found again within this, however long it was away. Milliseconds. */
const reconnectMaxDelay = 5000

const htmxConfig = JSON.stringify({
  includeIndicatorCSS: false,
  defaultTimeout: 20_000,
  sse: { reconnectMaxDelay },
})

function iconFile(status: BuildStatus | undefined): string {
  if (status === 'running' || status === 'success' || status === 'failure') {
    return `icon-${status}.svg`
  }
  return 'icon.svg'
}
