import { randomBytes } from 'node:crypto'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { type CertificateKind, readCertificate } from '../../signing/apple/certificate.ts'
import { makeP12 } from '../../signing/apple/p12.ts'
import { type Connect, ConnectRefused } from '../../signing/connect/call.ts'
import {
  type AppleCertificate,
  certificateTypes,
  createAppleCertificate,
  listAppleCertificates,
} from '../../signing/connect/resources.ts'
import { may, refused } from '../access/may.ts'
import { addCredential, checkNameIsFree } from '../credentials/add.ts'
import type { Credential } from '../credentials/credential.ts'
import { heldCredentials } from '../credentials/find.ts'
import type { Ctx } from '../ctx.ts'
import { connectBy } from './connect.ts'
import { invalid } from './invalid.ts'
import {
  answerWaitMs,
  beginRequest,
  endRequest,
  isFor,
  keyOf,
  type SigningRequest,
  waitingRequests,
} from './requests.ts'
import { told } from './show.ts'

export type NewAppleCertificate = {
  kind: CertificateKind
  name?: string | undefined
  replace?: boolean | undefined
}

type Asked = {
  connect: Connect
  appleKeyId: string
  kind: CertificateKind
  certificateType: string
}
type Issued = { request: SigningRequest; certificate: AppleCertificate }

/**
 * Has a certificate issued by Apple for a key that is made here, and stores both. Nothing is ever
 * revoked to make room: at Apple's limit OoreError `conflict` says which certificates there are. Where
 * Apple's answer was lost (`unavailable`), asking again takes what was issued instead of another.
 */
export async function createCertificate(
  ctx: Ctx,
  idOrName: string,
  { kind, name, replace }: NewAppleCertificate,
): Promise<Credential<'certificate'>> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const certificateType = certificateTypes[kind]
  if (certificateType === undefined) {
    throw invalid('kind', `is ${kind}: Apple’s API issues development and distribution`)
  }
  // Before Apple is asked: what it issues is one of two or three, and only revoking gives it back.
  await checkNameIsFree(ctx, 'certificate', { name, replace })
  const { connect, key } = await connectBy(ctx, idOrName)
  const asked: Asked = { connect, appleKeyId: key.identity, kind, certificateType }
  const issued = (await issuedBefore(ctx, asked)) ?? (await issue(ctx, asked))
  const stored = await store(ctx, issued, { name, replace, keyId: key.id })
  await endRequest(ctx, issued.request)
  return stored
}

/** What was issued for an earlier request, and never arrived. */
async function issuedBefore(ctx: Ctx, { connect, ...wish }: Asked): Promise<Issued | null> {
  const waiting = await waitingRequests(ctx, wish)
  if (waiting.length === 0) return null
  const there = await told(() => listAppleCertificates(connect))
  for (const request of waiting) {
    const certificate = there.find((each) => isFor(request, derOf(each)))
    if (certificate === undefined) continue
    if ((await storedAlready(ctx, certificate)) === null) return { request, certificate }
    await endRequest(ctx, request)
  }
  return null
}

async function issue(ctx: Ctx, asked: Asked): Promise<Issued> {
  const { connect, certificateType } = asked
  const { request, csr } = await beginRequest(ctx, asked)
  try {
    const certificate = await createAppleCertificate(connect, { certificateType, csr })
    return { request, certificate }
  } catch (error) {
    if (error instanceof ConnectRefused) {
      await endRequest(ctx, request)
      return told(() => refusedByApple(asked, error))
    }
    const isUnsure = error instanceof OoreError && error.trouble === 'unavailable'
    if (!isUnsure || error.retryAfterSeconds !== null) {
      // Apple has not even looked at it: the key is not taken, may not do this, or asks too often.
      await endRequest(ctx, request)
      throw error
    }
    const issued = await issuedBefore(ctx, asked).catch(() => null)
    if (issued !== null) return issued
    throw new OoreError(
      'unavailable',
      `${error.message} If the certificate was issued all the same, ask again: it is then taken as it is, and its key is kept here until then.`,
      { cause: error, retryAfterSeconds: answerWaitMs / 1000 },
    )
  }
}

/** Always throws: at Apple's limit what there is, otherwise Apple's own words. */
async function refusedByApple(
  { connect, certificateType }: Asked,
  error: ConnectRefused,
): Promise<never> {
  const there = await listAppleCertificates(connect)
  const same = there.filter((each) => each.certificateType.includes(certificateType))
  if (same.length === 0) throw error
  const names = same.map(
    (each) =>
      `"${each.name}" (serial number ${each.serialNumber}, until ${each.expirationDate?.slice(0, 10) ?? 'unknown'})`,
  )
  throw new OoreError(
    'conflict',
    `Apple issues no further certificate of this kind: ${error.words} There are ${names.join(', ')}. Store one of them with its key (.p12), or revoke one in Apple’s developer account; Oore revokes none by itself.`,
    { cause: error },
  )
}

type Naming = { name: string | undefined; replace: boolean | undefined; keyId: Id }

async function store(
  ctx: Ctx,
  { request, certificate }: Issued,
  { name, replace, keyId }: Naming,
): Promise<Credential<'certificate'>> {
  const password = randomBytes(24).toString('base64url')
  const bytes = makeP12(keyOf(ctx, request), derOf(certificate), password)
  try {
    return await addCredential(ctx, 'certificate', {
      file: { name: '', bytes },
      fields: { password },
      name,
      replace,
      isNumbered: true,
      apple: { id: certificate.id, keyId },
    })
  } catch (error) {
    // Two who ask at once, one of whom has taken what was issued for the other.
    const stored = await storedAlready(ctx, certificate)
    if (stored !== null) return stored
    throw error
  }
}

async function storedAlready(
  ctx: Ctx,
  certificate: AppleCertificate,
): Promise<Credential<'certificate'> | null> {
  const { sha1 } = readCertificate(derOf(certificate))
  const { certificates } = await heldCredentials(ctx)
  return certificates.find(({ described }) => described.sha1 === sha1) ?? null
}

const derOf = ({ certificateContent }: AppleCertificate): Buffer =>
  Buffer.from(certificateContent ?? '', 'base64')
