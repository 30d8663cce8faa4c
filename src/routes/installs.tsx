import { createInstallLink } from '../core/installs/create-link.ts'
import type { Install, Package } from '../core/installs/install.ts'
import { qrImageOf } from '../core/installs/link.ts'
import { manifestOf } from '../core/installs/manifest.ts'
import {
  endedLink,
  forgedLink,
  openInstall,
  openLink,
  removedInstall,
} from '../core/installs/open-link.ts'
import { packageReader } from '../core/installs/packages.ts'
import { deviceOf, wayTo } from '../core/installs/way.ts'
import { isoTime, minutes } from '../lib/clock.ts'
import { OoreError } from '../lib/errors.ts'
import { type InstallAddresses, InstallPage } from '../views/installs/page.tsx'
import { NoInstallPage } from '../views/installs/no-install.tsx'
import { paths } from '../views/paths.ts'
import { type Answer, goTo, hidden, showJson, showPage } from './lib/answer.ts'
import { bytesAnswer } from './lib/file-answer.ts'
import { qrPng, qrSvg } from './lib/qr.ts'
import { requestLimit } from './lib/request-limit.ts'
import { type Call, type Route, route } from './lib/route.ts'

/**
 * A phone asks for some ten things, and once more for each piece of a large app; a team in one
 * office has one address. Signatures cannot be guessed, with or without this.
 */
const limits = { requestsMax: 300, windowMs: minutes(1) }

/** Links by which anyone may install one app, and what stands behind them. */
export function installRoutes(): Route[] {
  const limit = requestLimit(limits)
  const readPackage = packageReader()

  /** What the link leads to, for all but the page. Throws OoreError `busy`, `forbidden`, `gone`. */
  const opened = async (call: Call): Promise<Install> => {
    await limit.count(call.address)
    return openInstall(call.ctx, call.param('token'))
  }

  return [
    route({
      method: 'POST',
      path: '/builds/:id/artifacts/:name/install-link',
      guard: 'signed-in',
      asks: 'artifact.share',
      does: 'Make a link by which anyone may install an app of a build for seven days',
      run: (call) => createInstallLink(call.ctx, call.id(), call.param('name')),
      page: ({ url }) => goTo(url.pathname),
      api: ({ url, expiresAt }) =>
        showJson(
          { url: url.href, qr_url: qrImageOf(url).href, expires_at: isoTime(expiresAt) },
          201,
          { location: url.href },
        ),
    }),
    route({
      method: 'GET',
      path: '/install/:token',
      guard: 'open',
      does: 'The page by which a tester installs an app',
      run: async (call) => {
        await limit.count(call.address)
        const link = await openLink(call.ctx, call.param('token'))
        if (link.is !== 'good') return link
        return { ...link, package: await readPackage(link.install) }
      },
      page: (link, call) => {
        if (link.is !== 'good') {
          const { status, title, message } = noInstall[link.is]
          return hidden(
            showPage(
              <NoInstallPage
                shell={call.shell()}
                status={status}
                title={title}
                message={message}
              />,
              status,
            ),
          )
        }
        const { baseUrl } = call.ctx.config
        const device = deviceOf(call.header('user-agent') ?? '')
        const { kind } = link.install.artifact
        return hidden(
          showPage(
            <InstallPage
              shell={call.shell()}
              install={link.install}
              package={link.package}
              way={wayTo({ kind, package: link.package, device, baseUrl, now: call.now })}
              addresses={addressesOf(call, link)}
              now={call.now}
            />,
          ),
        )
      },
    }),
    route({
      method: 'GET',
      path: '/install/:token/manifest.plist',
      guard: 'open',
      does: 'What iOS reads before it fetches an app',
      run: async (call) => {
        const install = await opened(call)
        const fileUrl = new URL(paths.installFile(call.param('token')), call.ctx.config.baseUrl)
        return manifestOf(call.ctx, install, await readPackage(install), fileUrl)
      },
      plain: (manifest) =>
        hidden({
          status: 200,
          headers: {
            'content-type': 'application/xml; charset=utf-8',
            'cache-control': 'private, no-store',
          },
          body: manifest,
        }),
    }),
    route({
      method: 'GET',
      path: '/install/:token/file',
      guard: 'open',
      does: 'The app itself; in ranges too',
      run: opened,
      plain: ({ artifact, file }, call) => {
        // As Apple's own servers send it; as a zip some browsers would unpack it.
        const contentType =
          artifact.kind === 'ipa' ? 'application/octet-stream' : artifact.contentType
        return hidden(bytesAnswer({ artifact: { ...artifact, contentType }, file }, call))
      },
    }),
    route({
      method: 'GET',
      path: '/install/:token/icon.png',
      guard: 'open',
      does: 'The icon of an app',
      run: async (call) => {
        const read = await readPackage(await opened(call))
        if (read.is === 'read' && read.app.icon !== null) return read.app.icon
        throw new OoreError('not_found', 'This app has no icon that can be shown.')
      },
      plain: (icon) => picture('image/png', icon),
    }),
    route({
      method: 'GET',
      path: '/install/:token/qr.svg',
      guard: 'open',
      does: 'The QR code of an install page',
      run: async (call) => {
        await opened(call)
        return qrSvg(pageOf(call).href)
      },
      plain: (svg) => picture('image/svg+xml', svg),
    }),
    route({
      method: 'GET',
      path: '/install/:token/qr.png',
      guard: 'open',
      does: 'The QR code of an install page, for comments',
      run: async (call) => {
        await opened(call)
        return qrPng(pageOf(call).href)
      },
      // Comments are pages of another site, and some forges let the browser itself fetch pictures.
      plain: (png) => picture('image/png', png, { 'cross-origin-resource-policy': 'cross-origin' }),
    }),
  ]
}

type Good = { install: Install; package: Package }

function addressesOf(call: Call, { install, package: read }: Good): InstallAddresses {
  const token = call.param('token')
  const manifest = new URL(paths.installManifest(token), call.ctx.config.baseUrl)
  const file = paths.installFile(token)
  return {
    page: pageOf(call).href,
    install: install.artifact.kind === 'ipa' ? paths.installOnIos(manifest) : file,
    file,
    qr: paths.installQr(token),
    icon: read.is === 'read' && read.app.icon !== null ? paths.installIcon(token) : null,
  }
}

const pageOf = (call: Call): URL =>
  new URL(paths.install(call.param('token')), call.ctx.config.baseUrl)

const noInstall = {
  forged: { status: 403, title: 'This link does not work', message: forgedLink },
  ended: { status: 410, title: 'This link has ended', message: endedLink },
  removed: { status: 410, title: 'This app is gone', message: removedInstall },
} as const

const pictureMaxAgeSeconds = 3600

const picture = (
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Answer =>
  hidden({
    status: 200,
    headers: {
      'content-type': type,
      'cache-control': `private, max-age=${pictureMaxAgeSeconds}`,
      ...headers,
    },
    body,
  })
