import { and, eq, gt, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import { NoPlist, type PlistDictionary, textAt } from '../../lib/plist/plist.ts'
import { readPlist } from '../../lib/plist/read.ts'
import { writeXmlPlist } from '../../lib/plist/write.ts'
import { readSigned } from '../../signing/apple/cms.ts'
import { NotDer } from '../../signing/der.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findByUdid, putDevice } from './add.ts'
import { type Device, type DeviceLink, deviceNameMax, udidPattern } from './device.ts'
import { deviceLinkOf } from './find.ts'

/*
 * Over-the-air profile delivery, as Apple documents it: a phone that is handed a profile of the type
 * "Profile Service" answers with a signed list of what it was asked for.
 */

const challengePurpose = 'device-enrolment'

/** One and the same for what never was, has ended and is used up: nothing can be found out by it. */
const noLink = (): OoreError =>
  new OoreError(
    'not_found',
    'This link does not work, or not any more. Ask whoever sent it for another.',
  )

/** The link behind a token. Throws `not_found`. */
export async function openDeviceLink(ctx: Ctx, token: string): Promise<DeviceLink> {
  const { signingDeviceLinks: l } = schema
  const row = await ctx.db.read
    .select()
    .from(l)
    .where(and(eq(l.tokenHash, sha256Hex(token)), gt(l.expiresAt, ctx.clock()), gt(l.usesLeft, 0)))
    .get()
  if (row) return deviceLinkOf(row)
  throw noLink()
}

/** The profile that asks a phone for what it is. It installs nothing, and is not signed. */
export async function enrolmentProfile(ctx: Ctx, token: string): Promise<string> {
  const link = await openDeviceLink(ctx, token)
  const { baseUrl } = ctx.config
  return writeXmlPlist({
    PayloadType: 'Profile Service',
    PayloadVersion: 1,
    PayloadIdentifier: `dev.oore.enrol.${link.id.toLowerCase()}`,
    PayloadUUID: uuidOf(link.id),
    PayloadDisplayName: 'Tell this device’s UDID',
    PayloadDescription: `Tells ${baseUrl.host} the UDID, the model, the version and the name of this device, and nothing else. Nothing is installed.`,
    PayloadOrganization: baseUrl.host,
    PayloadContent: {
      URL: new URL(`/enroll/${token}/device`, baseUrl).href,
      DeviceAttributes: ['UDID', 'PRODUCT', 'VERSION', 'DEVICE_NAME'],
      Challenge: ctx.keyring.sign(link.id, challengePurpose),
    },
  })
}

/** A UUID that is the same for the same link. */
function uuidOf(id: string): string {
  const hex = sha256Hex(id)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ]
    .join('-')
    .toUpperCase()
}

/**
 * Takes what a phone says of itself: a list that it has signed, with the challenge that it was asked
 * with. Throws OoreError `not_found` for the link, `malformed` for everything that no phone sends.
 */
export async function enrolDevice(ctx: Ctx, token: string, bytes: Uint8Array): Promise<Device> {
  const link = await openDeviceLink(ctx, token)
  const list = listIn(bytes)
  if (!ctx.keyring.hasSigned(textAt(list, 'CHALLENGE') ?? '', link.id, challengePurpose)) {
    throw new OoreError('malformed', 'This is the answer to another question: open the link anew.')
  }
  const udid = textAt(list, 'UDID') ?? ''
  if (!udidPattern.test(udid)) {
    throw new OoreError('malformed', 'The device has told no UDID.')
  }
  const product = textAt(list, 'PRODUCT')?.slice(0, deviceNameMax) ?? null
  const told = {
    udid,
    name: (textAt(list, 'DEVICE_NAME') ?? product ?? 'A device').slice(0, deviceNameMax),
    product,
    osVersion: textAt(list, 'VERSION')?.slice(0, deviceNameMax) ?? null,
    linkId: link.id,
  }
  const { signingDeviceLinks: l } = schema
  return change(ctx, async (tx, record) => {
    const known = await findByUdid(ctx, tx, udid)
    if (known !== null) {
      // It tries again, which takes no second place; and whoever has named it knows better.
      return putDevice(ctx, tx, record, { ...told, name: known.name })
    }
    // Two phones at once do not get the last place both.
    const used = await tx
      .update(l)
      .set({ usesLeft: sql`${l.usesLeft} - 1` })
      .where(and(eq(l.id, link.id), gt(l.usesLeft, 0)))
      .returning({ id: l.id })
      .get()
    if (!used) throw noLink()
    return putDevice(ctx, tx, record, told)
  })
}

function listIn(bytes: Uint8Array): PlistDictionary {
  try {
    // A signature that cannot be checked here is let pass: the challenge is what is believed.
    const { content, isSound, isSigned } = readSigned(bytes)
    if (isSigned && isSound !== false) return readPlist(content)
  } catch (cause) {
    if (!(cause instanceof NotDer) && !(cause instanceof NoPlist)) throw cause
  }
  throw new OoreError('malformed', 'This is not what a device says of itself.')
}
