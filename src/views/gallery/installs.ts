import type { AppInfo, Install, Package, Profile } from '../../core/installs/install.ts'
import type { Way } from '../../core/installs/way.ts'
import { days } from '../../lib/clock.ts'
import { NoInstallPage } from '../installs/no-install.tsx'
import { InstallPage } from '../installs/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { build, id, now } from './builds.ts'
import { artifacts } from './details.ts'
import { type Entry, entry } from './entry.ts'

const install = (name: string): Install => ({
  artifact: artifacts.find((one) => one.name === name) ?? artifacts[0]!,
  build: build(),
  file: '',
  endsAt: now + days(7),
})

const profile: Profile = {
  kind: 'ad_hoc',
  expiresAt: now + days(200),
  deviceCount: 12,
  bundleIds: 'com.lumen.*',
}

const app = (changes: Partial<AppInfo> = {}): Package => ({
  is: 'read',
  app: {
    title: 'Wallet',
    bundleId: 'com.lumen.wallet',
    version: '2.4.0',
    buildNumber: '214',
    minimumOs: '15.0',
    profile,
    icon: null,
    ...changes,
  },
})

const token = `${id(903)}.1763654645.${'q'.repeat(43)}`
const addresses = {
  page: `https://ci.lumen.example/install/${token}`,
  install: `itms-services://?action=download-manifest&url=https%3A%2F%2Fci.lumen.example%2Finstall`,
  file: `/install/${token}/file`,
  qr: `/install/${token}/qr.svg`,
  icon: null,
}

const here: Way = { is: 'here', hint: 'It runs on the devices that its profile names.' }

/** The pages of testers. */
export function installEntries(shell: Shell): Entry[] {
  const at: Shell = { ...shell, actor: null, path: `/install/${token}` }
  const page = (
    name: string,
    way: Way,
    what: { install: Install; package: Package } = {
      install: install('Wallet.ipa'),
      package: app(),
    },
  ) => entry(`install-${name}`, InstallPage, { shell: at, way, addresses, now, ...what })

  return [
    page('ios', here),
    page(
      'ios-expired',
      {
        is: 'nowhere',
        why: 'The provisioning profile of the app has expired. Renew it and build again.',
      },
      { install: install('Wallet.ipa'), package: app({ version: null, bundleId: null }) },
    ),
    page(
      'ios-unread',
      {
        is: 'nowhere',
        why: 'This file is not an iOS app as it should be: it holds no Payload/….app.',
      },
      {
        install: install('Wallet.ipa'),
        package: { is: 'unread', why: 'it holds no Payload/….app' },
      },
    ),
    page('android', here, { install: install('app-release.apk'), package: { is: 'unopened' } }),
    page(
      'android-elsewhere',
      {
        is: 'elsewhere',
        why: 'This is an Android app. Point the camera of an Android phone at the code below.',
      },
      {
        install: {
          ...install('app-release.apk'),
          build: build({
            commitMessage: 'Averylongword'.repeat(20),
            repository: 'an-organisation-with-quite-a-name/and-a-repository-that-does-not-end',
            pullRequestNumber: 77,
          }),
        },
        package: { is: 'unopened' },
      },
    ),
    entry('install-ended', NoInstallPage, {
      shell: at,
      status: 410,
      title: 'This link has ended',
      message:
        'This install link has ended. Ask whoever sent it to you for a new link to the same build.',
    }),
  ]
}
