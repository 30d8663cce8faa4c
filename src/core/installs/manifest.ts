import { OoreError } from '../../lib/errors.ts'
import { xmlText } from '../../lib/xml-text.ts'
import type { Ctx } from '../ctx.ts'
import type { Install, Package } from './install.ts'
import { whyNotInstallable } from './way.ts'

/**
 * What iOS reads before it fetches an app: Apple's manifest of over-the-air installs ("Distribute
 * proprietary in-house apps", Apple Platform Deployment). The system asks without cookies, so the
 * address of the app carries the token too. Throws OoreError `conflict` where iOS would refuse.
 */
export function manifestOf(
  ctx: Pick<Ctx, 'config' | 'clock'>,
  { artifact }: Install,
  read: Package,
  fileUrl: URL,
): string {
  const why =
    artifact.kind === 'ipa'
      ? whyNotInstallable({ package: read, baseUrl: ctx.config.baseUrl, now: ctx.clock() })
      : 'Only iOS apps have a manifest.'
  if (why !== null || read.is !== 'read') throw new OoreError('conflict', why ?? 'No iOS app.')
  const { bundleId, version, buildNumber, title } = read.app
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>items</key><array><dict>
<key>assets</key><array><dict>
<key>kind</key><string>software-package</string>
<key>url</key><string>${xmlText(fileUrl.href)}</string>
</dict></array>
<key>metadata</key><dict>
<key>bundle-identifier</key><string>${xmlText(bundleId ?? '')}</string>
<key>bundle-version</key><string>${xmlText(version ?? buildNumber ?? '1')}</string>
<key>kind</key><string>software</string>
<key>title</key><string>${xmlText(title ?? artifact.name)}</string>
</dict></dict></array></dict></plist>
`
}
