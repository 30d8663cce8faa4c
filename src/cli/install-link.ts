import { OoreError } from '../lib/errors.ts'
import { call } from './client.ts'
import type { Program } from './main.ts'
import { printFields, printJson, printLine } from './print.ts'

type Artifact = { name: string; kind: string }
type InstallLink = { url: string; qr_url: string; expires_at: string }

/** `oore build install-link`. */
export function addInstallLinkCommand({
  command,
  connection,
}: Pick<Program, 'command' | 'connection'>): void {
  command
    .command('install-link <id> [artifact]')
    .description('a link by which anyone may install an app of a build for seven days')
    .option('--qr', 'draw its code too, for the camera of a phone')
    .option('--json', 'print JSON')
    .action(
      async (id: string, name: string | undefined, options: { qr?: boolean; json?: boolean }) => {
        const path = `/builds/${id}/artifacts`
        const chosen =
          name ?? onlyApp((await call<{ data: Artifact[] }>(connection(), 'GET', path)).data)
        const link = await call<InstallLink>(
          connection(),
          'POST',
          `${path}/${encodeURIComponent(chosen)}/install-link`,
        )
        if (options.json) return printJson(link)
        printFields({ App: chosen, Link: link.url, Until: link.expires_at })
        if (options.qr) await printCode(link.url)
      },
    )
}

/** The app of a build that has one, so that it need not be named. Throws OoreError `invalid`. */
function onlyApp(artifacts: readonly Artifact[]): string {
  const apps = artifacts.filter(({ kind }) => kind === 'apk' || kind === 'ipa')
  const [app, ...others] = apps.map(({ name }) => name)
  if (app !== undefined && others.length === 0) return app
  throw new OoreError(
    'invalid',
    app === undefined
      ? 'This build has no app that a phone installs: no .apk and no .ipa.'
      : `This build has several apps. Name one of them: ${[app, ...others].join(', ')}.`,
  )
}

async function printCode(address: string): Promise<void> {
  const { default: qrcode } = await import('qrcode')
  for (const line of (await qrcode.toString(address, { type: 'utf8' })).split('\n')) printLine(line)
}
