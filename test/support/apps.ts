import { mkdirSync, writeFileSync } from 'node:fs'
import { crc32, deflateRawSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import { artifactDirectory, artifactFile } from '../../src/core/artifacts/files.ts'
import { contentTypeOf, kindOf } from '../../src/core/artifacts/kinds.ts'
import type { Build } from '../../src/core/builds/build.ts'
import { schema } from '../../src/db/client.ts'
import { sha256Hex } from '../../src/lib/crypto.ts'
import { type Id, newId } from '../../src/lib/ids.ts'
import type { TestServices } from './ctx.ts'

/** A zip of these files, as tools write them. */
export async function zipOf(files: Record<string, string | Uint8Array>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name)
  zip.end()
  return buffer(zip.outputStream)
}

export type PlistSource =
  string | number | boolean | Date | Uint8Array | PlistSource[] | PlistSourceDictionary
export type PlistSourceDictionary = { [key: string]: PlistSource }

/** A property list as Xcode writes it into text. */
export const plistOf = (value: PlistSourceDictionary): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">${elementOf(value)}</plist>`

function elementOf(value: PlistSource): string {
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`
  if (typeof value === 'number') return `<integer>${value}</integer>`
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>'
  if (value instanceof Date) return `<date>${value.toISOString().slice(0, 19)}Z</date>`
  if (value instanceof Uint8Array) {
    return `<data>${Buffer.from(value).toString('base64')}</data>`
  }
  if (Array.isArray(value)) return `<array>${value.map(elementOf).join('')}</array>`
  const pairs = Object.entries(value).map(
    ([key, each]) => `<key>${escaped(key)}</key>${elementOf(each)}`,
  )
  return `<dict>${pairs.join('\n')}</dict>`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

export const walletInfo: PlistSourceDictionary = {
  CFBundleDisplayName: 'Wallet',
  CFBundleIdentifier: 'com.lumen.wallet',
  CFBundleShortVersionString: '2.4.0',
  CFBundleVersion: '214',
  MinimumOSVersion: '15.0',
  CFBundleIcons: { CFBundlePrimaryIcon: { CFBundleIconFiles: ['AppIcon60x60'] } },
}

export const adHocProfile: PlistSourceDictionary = {
  Name: 'Wallet ad hoc',
  ExpirationDate: new Date('2026-12-01T00:00:00Z'),
  ProvisionedDevices: ['00008030-000000000000001E', '00008030-000000000000002E'],
  Entitlements: {
    'application-identifier': 'TEAM123456.com.lumen.wallet',
    'get-task-allow': false,
  },
}

/** A profile as it lies in an app: its list between the bytes of a signed message. */
export const profileBytes = (profile: PlistSourceDictionary): Buffer =>
  Buffer.concat([
    Buffer.from('3082abcd06092a864886f70d010702a0', 'hex'),
    Buffer.from(plistOf(profile)),
    Buffer.from('a08204b1308203990202ff00', 'hex'),
  ])

type IpaParts = {
  info?: PlistSourceDictionary | Uint8Array
  profile?: PlistSourceDictionary | null
  more?: Record<string, string | Uint8Array>
}

/** An iOS app, as small as can be. */
export const ipaOf = ({ info = walletInfo, profile = adHocProfile, more = {} }: IpaParts = {}) =>
  zipOf({
    'Payload/Runner.app/Info.plist': info instanceof Uint8Array ? info : plistOf(info),
    ...(profile === null
      ? {}
      : { 'Payload/Runner.app/embedded.mobileprovision': profileBytes(profile) }),
    'Payload/Runner.app/Runner': 'machine code',
    ...more,
  })

/** A PNG of one colour as Xcode writes it into apps: see lib/apple-png.ts. */
export function applePng(width: number, height: number, [r, g, b]: [number, number, number]) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 6, 0, 0, 0], 8)
  const row = Buffer.concat([
    Buffer.from([0]),
    ...Array.from({ length: width }, () => Buffer.from([b, g, r, 255])),
  ])
  const rows = Buffer.concat(Array.from({ length: height }, () => row))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('CgBI', Buffer.from('50002002', 'hex')),
    chunk('IHDR', header),
    chunk('IDAT', deflateRawSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}

/** Stores these files as the artifacts of a build, as a runner that sent them does. Ids by name. */
export async function storeArtifacts(
  { config, clock, db }: Pick<TestServices, 'config' | 'clock' | 'db'>,
  build: Build,
  files: Record<string, string | Uint8Array>,
): Promise<Record<string, Id>> {
  mkdirSync(artifactDirectory(config, build.id), { recursive: true })
  const rows = Object.entries(files).map(([name, content], index) => ({
    id: newId(),
    buildId: build.id,
    index,
    name,
    path: `out/${name}`,
    sizeBytes: Buffer.byteLength(content),
    sha256: sha256Hex(content),
    contentType: contentTypeOf(name),
    kind: kindOf(name),
    storedAt: clock(),
    createdAt: clock(),
  }))
  for (const { id, name } of rows) writeFileSync(artifactFile(config, build.id, id), files[name]!)
  await db.write(async (tx) => void (await tx.insert(schema.artifacts).values(rows)))
  return Object.fromEntries(rows.map(({ name, id }) => [name, id]))
}
