import type { Install, InstallableKind, Package, Profile } from '../../core/installs/install.ts'
import type { Way } from '../../core/installs/way.ts'
import { isoTime, type Millis } from '../../lib/clock.ts'
import { sizeText } from '../../lib/sizes.ts'
import { buildTitle } from '../builds/words.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { Copy } from '../ui/copy.tsx'
import { ButtonLink } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Middle, plain, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

export type InstallAddresses = {
  /** This page, as others open it. */
  page: string
  /** What the button does on a device that can install the app. */
  install: string
  file: string
  qr: string
  /** Null where the app has no icon that can be shown. */
  icon: string | null
}

type InstallPageProps = {
  shell: Shell
  install: Install
  package: Package
  way: Way
  addresses: InstallAddresses
  now: Millis
}

/** One app for a tester who has no account here: what it is, and how it comes onto this device. */
export const InstallPage = ({ shell, way, addresses, now, ...what }: InstallPageProps) => {
  const { install } = what
  const name = nameOf(what)
  return (
    <Page shell={shell} title={`Install ${plain(name)}`} width="narrow" bare={true}>
      <div class="install">
        <header class="install-head">
          {addresses.icon === null ? (
            <span class="install-icon">
              <Icon name="phone" />
            </span>
          ) : (
            <img class="install-icon" src={addresses.icon} alt="" width="64" height="64" />
          )}
          <div class="install-name">
            <h1>
              <Theirs>{name}</Theirs>
            </h1>
            <p class="muted">{summaryOf(what)}</p>
          </div>
        </header>
        <WayIn way={way} kind={kindOf(install)} addresses={addresses} />
        <section class="section" aria-labelledby="change-title">
          <h2 id="change-title">What changed</h2>
          <p class="breakable">
            <Theirs>{buildTitle(install.build)}</Theirs>
          </p>
          <p class="muted">
            Build #{install.build.number} of <Theirs>{install.build.repository}</Theirs>
            {install.build.pullRequestNumber !== null &&
              `, pull request #${install.build.pullRequestNumber}`}
            , <Ago at={install.artifact.createdAt} now={now} />
          </p>
        </section>
        <section class="section" aria-labelledby="other-title">
          <h2 id="other-title">On another device</h2>
          <p>Point its camera at this code to open this page there, or send the address.</p>
          <img
            class="qr"
            src={addresses.qr}
            alt="QR code of the address of this page"
            width="264"
            height="264"
          />
          <p class="install-address">
            <code class="breakable">{addresses.page}</code>
            <Copy text={addresses.page} label="Copy the address of this page" />
          </p>
        </section>
        <Details {...what} file={addresses.file} />
      </div>
    </Page>
  )
}

type WayInProps = { way: Way; kind: InstallableKind; addresses: InstallAddresses }

const WayIn = ({ way, kind, addresses }: WayInProps) =>
  way.is === 'here' ? (
    <div class="install-way">
      <ButtonLink href={addresses.install} kind="primary">
        <Icon name="download" /> {kind === 'ipa' ? 'Install' : 'Download and install'}
      </ButtonLink>
      <p class="muted">
        <Theirs>{way.hint}</Theirs>
      </p>
    </div>
  ) : (
    <NoticeBox kind={way.is === 'nowhere' ? 'warning' : 'info'}>
      <p>
        {way.is === 'nowhere' && 'This cannot be installed from here. '}
        <Theirs>{way.why}</Theirs>
      </p>
    </NoticeBox>
  )

type What = { install: Install; package: Package }

const Details = ({ install, package: read, file }: What & { file: string }) => {
  const { artifact } = install
  const app = read.is === 'read' ? read.app : null
  return (
    <section class="section" aria-labelledby="details-title">
      <h2 id="details-title">Details</h2>
      <dl class="pairs">
        <dt>File</dt>
        <dd>
          <a href={file} download="">
            <Middle>{artifact.name}</Middle>
          </a>
        </dd>
        <dt>Size</dt>
        <dd class="num">{sizeText(artifact.sizeBytes)}</dd>
        <dt>SHA-256</dt>
        <dd>
          <code class="breakable">{artifact.sha256}</code>
        </dd>
        {app?.bundleId != null && (
          <>
            <dt>Bundle identifier</dt>
            <dd class="breakable">
              <Theirs>{app.bundleId}</Theirs>
            </dd>
          </>
        )}
        {app?.minimumOs != null && (
          <>
            <dt>Needs</dt>
            <dd class="breakable">
              iOS <Theirs>{app.minimumOs}</Theirs> or later
            </dd>
          </>
        )}
        {app?.profile != null && (
          <>
            <dt>Signed for</dt>
            <dd>{signedFor(app.profile)}</dd>
          </>
        )}
        <dt>This link</dt>
        <dd>
          works until <time datetime={isoTime(install.endsAt)}>{momentText(install.endsAt)}</time>.
          Whoever has it can install this app, and see nothing else.
        </dd>
      </dl>
    </section>
  )
}

const nameOf = ({ install, package: read }: What): string =>
  (read.is === 'read' ? read.app.title : null) ?? install.artifact.name

function summaryOf({ install, package: read }: What) {
  const { artifact } = install
  const system = artifact.kind === 'ipa' ? 'iOS app' : 'Android app'
  const size = sizeText(artifact.sizeBytes)
  const { version = null, buildNumber = null } = read.is === 'read' ? read.app : {}
  if (version === null) return `${system}, ${size}`
  return (
    <>
      Version <Theirs>{version}</Theirs>
      {buildNumber !== null && (
        <>
          {' '}
          (<Theirs>{buildNumber}</Theirs>)
        </>
      )}
      , {system}, {size}
    </>
  )
}

const kindOf = ({ artifact }: Install): InstallableKind => (artifact.kind === 'ipa' ? 'ipa' : 'apk')

function signedFor({ kind, deviceCount, expiresAt }: Profile): string {
  const devices = deviceCount === 1 ? '1 device' : `${deviceCount} devices`
  const who: Record<Profile['kind'], string> = {
    development: `development, on ${devices}`,
    ad_hoc: `testing (ad hoc), on ${devices}`,
    enterprise: 'any device of the enterprise',
    app_store: 'the App Store',
  }
  return expiresAt === null
    ? who[kind]
    : `${who[kind]}, until ${momentText(expiresAt).slice(0, 10)}`
}

/** `2026-11-27 16:04 UTC`. */
const momentText = (at: Millis): string => `${isoTime(at).slice(0, 16).replace('T', ' ')} UTC`
