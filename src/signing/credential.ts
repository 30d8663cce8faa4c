import type { Keystore } from './android/keystore.ts'
import type { SigningCertificate } from './apple/certificate.ts'
import type { Profile } from './apple/profile.ts'

/** The kinds of what builds sign with. */
export const credentialKinds = ['certificate', 'profile', 'keystore', 'app_store_key'] as const
export type CredentialKind = (typeof credentialKinds)[number]

/** What each kind says of itself; nothing secret is in it. */
export type Described = {
  certificate: SigningCertificate
  profile: Profile
  /** The entry that signs is one of the aliases. */
  keystore: Keystore & { alias: string }
  app_store_key: { keyId: string; issuerId: string }
}

export type DescribedCredential = Described[CredentialKind]
