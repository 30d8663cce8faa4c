import { randomBytes } from 'node:crypto'
import { OoreError } from '../../lib/errors.ts'
import { makeP12 } from '../../signing/apple/p12.ts'
import { makeSigningRequest } from '../../signing/apple/signing-request.ts'
import type { CertificateKind } from '../../signing/apple/certificate.ts'
import { ConnectRefused } from '../../signing/connect/call.ts'
import {
  certificateTypes,
  createAppleCertificate,
  listAppleCertificates,
} from '../../signing/connect/resources.ts'
import { may, refused } from '../access/may.ts'
import { addCredential } from '../credentials/add.ts'
import type { Credential } from '../credentials/credential.ts'
import type { Ctx } from '../ctx.ts'
import { connectBy } from './connect.ts'
import { told } from './show.ts'

export type NewAppleCertificate = {
  kind: CertificateKind
  name?: string | undefined
  replace?: boolean | undefined
}

/**
 * Has a certificate issued by Apple for a key that is made here, and stores both. Nothing is ever
 * revoked to make room: at Apple's limit OoreError `conflict` says which certificates there are.
 */
export async function createCertificate(
  ctx: Ctx,
  idOrName: string,
  { kind, name, replace }: NewAppleCertificate,
): Promise<Credential<'certificate'>> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const certificateType = certificateTypes[kind]
  if (certificateType === undefined) {
    const message = `is ${kind}: Apple’s API issues development and distribution`
    throw new OoreError('invalid', `The kind ${message}.`, { fields: [{ field: 'kind', message }] })
  }
  const { connect, key } = await connectBy(ctx, idOrName)
  const request = makeSigningRequest('Oore')
  const issued = await createAppleCertificate(connect, { certificateType, csr: request.csr }).catch(
    async (error: unknown) => {
      if (!(error instanceof ConnectRefused) || error.status !== 409) {
        return told(() => Promise.reject(error as Error))
      }
      const there = await told(() => listAppleCertificates(connect))
      const same = there.filter((each) => each.certificateType.includes(certificateType))
      const names = same.map(
        (each) => `"${each.name}" (until ${each.expirationDate?.slice(0, 10) ?? 'unknown'})`,
      )
      throw new OoreError(
        'conflict',
        `Apple issues no further certificate of this kind: ${error.words} There are ${names.join(', ') || 'none'}. Store one of them with its key (.p12), or revoke one in Apple’s developer account; Oore revokes none by itself.`,
        { cause: error },
      )
    },
  )
  const password = randomBytes(24).toString('base64url')
  const der = Buffer.from(issued.certificateContent ?? '', 'base64')
  return addCredential(ctx, 'certificate', {
    file: { name: '', bytes: makeP12(request.key, der, password) },
    fields: { password },
    name,
    replace,
    apple: { id: issued.id, keyId: key.id },
  })
}
