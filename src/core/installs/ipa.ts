import { plainPng } from '../../lib/apple-png.ts'
import { oneLine } from '../../lib/one-line.ts'
import {
  dictionaryAt,
  NoPlist,
  type PlistDictionary,
  textAt,
  textsAt,
} from '../../lib/plist/plist.ts'
import { readPlist } from '../../lib/plist/read.ts'
import { KiB, MiB } from '../../lib/sizes.ts'
import type { AppInfo, Package, Profile } from './install.ts'
import { readProfile } from './profile.ts'
import { NoZip, type OpenZip, withZip } from './zip.ts'

const infoBytesMax = 1 * MiB
/** A profile for a hundred devices and twenty certificates has some 60 KiB. */
const profileBytesMax = 2 * MiB
const iconBytesMax = 256 * KiB
/** Apps name two or three. Each is looked for among all files. */
const iconNamesMax = 20
/** Characters of what an app says of itself. */
const wordsMax = 200

/** What lies in an app's own folder and is read of it. Nothing is unpacked to the disk. */
const wanted = /^Payload\/([^/]+\.app)\/(Info\.plist|embedded\.mobileprovision|[^/]+\.png)$/

/** Reads what an iOS app says of itself; what cannot be read is answered in words, never thrown. */
export async function readIpa(file: string): Promise<Package> {
  try {
    const app = await withZip(file, (name) => wanted.test(name), readApp)
    return { is: 'read', app }
  } catch (error) {
    if (error instanceof NoZip || error instanceof NoPlist) {
      return { is: 'unread', why: error.message }
    }
    throw error
  }
}

async function readApp(zip: OpenZip): Promise<AppInfo> {
  const apps = new Set(zip.names.map((name) => wanted.exec(name)?.[1]))
  const [app] = apps
  if (app === undefined) throw new NoZip('it holds no Payload/….app')
  if (apps.size > 1) throw new NoZip('it holds more than one app')
  const folder = `Payload/${app}/`
  const bytes = await zip.read(`${folder}Info.plist`, infoBytesMax)
  if (bytes === null) throw new NoZip('the app in it has no Info.plist')
  const info = readPlist(bytes)
  const words = (key: string): string | null => {
    const text = textAt(info, key)
    return text === null ? null : oneLine(text, wordsMax)
  }
  return {
    title: words('CFBundleDisplayName') ?? words('CFBundleName'),
    bundleId: words('CFBundleIdentifier'),
    version: words('CFBundleShortVersionString'),
    buildNumber: words('CFBundleVersion'),
    minimumOs: words('MinimumOSVersion'),
    profile: await profileIn(zip, folder),
    icon: await iconIn(zip, folder, info),
  }
}

async function profileIn(zip: OpenZip, folder: string): Promise<Profile | null> {
  const bytes = await zip.read(`${folder}embedded.mobileprovision`, profileBytesMax)
  return bytes === null ? null : readProfile(bytes)
}

/** The largest of the app's icons that is not too large. An app without one is an app too. */
async function iconIn(
  zip: OpenZip,
  folder: string,
  info: PlistDictionary,
): Promise<AppInfo['icon']> {
  const primary = dictionaryAt(dictionaryAt(info, 'CFBundleIcons'), 'CFBundlePrimaryIcon')
  // By the beginning of their names: `AppIcon60x60` is `AppIcon60x60@2x.png` in the folder.
  const listed = [...textsAt(primary, 'CFBundleIconFiles'), ...textsAt(info, 'CFBundleIconFiles')]
  const beginnings = listed.filter((each) => each !== '').slice(0, iconNamesMax)
  const names = beginnings
    .toReversed()
    .flatMap((beginning) => zip.names.filter((name) => name.startsWith(`${folder}${beginning}`)))
    .toSorted((a, b) => scaleOf(b) - scaleOf(a))
  const [name] = names
  if (name === undefined) return null
  try {
    const bytes = await zip.read(name, iconBytesMax)
    return bytes === null ? null : await plainPng(bytes)
  } catch (error) {
    if (error instanceof NoZip) return null
    throw error
  }
}

/** `AppIcon60x60@3x.png` is drawn at three times its size. */
const scaleOf = (name: string): number => Number(/@([123])x/.exec(name)?.[1] ?? 1)
