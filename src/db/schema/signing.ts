import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Keystore, KeystoreFormat } from '../../signing/android/keystore.ts'
import type { SigningCertificate } from '../../signing/apple/certificate.ts'
import type { Profile, ProfileKind } from '../../signing/apple/profile.ts'
import { organizations } from './organizations.ts'

/** What all of them have: a name to be referred to by, and who brought it. */
const stored = () => ({
  id: text().primaryKey(),
  organizationId: text()
    .notNull()
    .references(() => organizations.id),
  /** What configurations call it. */
  name: text().notNull(),
  lastUsedAt: integer(),
  lastUsedBuildId: text(),
  createdBy: text().notNull(),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
})

/** Apple's signing certificates with their private keys. */
export const signingCertificates = sqliteTable(
  'signing_certificates',
  {
    ...stored(),
    sha1: text().notNull(),
    notAfter: integer().notNull(),
    described: text({ mode: 'json' }).$type<SigningCertificate>().notNull(),
    /** The .p12 in base64, sealed; place `signing_certificates/<id>/p12`. */
    p12Sealed: text().notNull(),
    /** Sealed; place `signing_certificates/<id>/password`. */
    passwordSealed: text().notNull(),
    /** Apple's own id of it, where Oore had it made. */
    appleId: text(),
  },
  (table) => [
    uniqueIndex('signing_certificates_name').on(table.organizationId, table.name),
    uniqueIndex('signing_certificates_sha1').on(table.organizationId, table.sha1),
  ],
)

export const signingProfiles = sqliteTable(
  'signing_profiles',
  {
    ...stored(),
    uuid: text().notNull(),
    bundleId: text().notNull(),
    kind: text().$type<ProfileKind>().notNull(),
    expiresAt: integer().notNull(),
    described: text({ mode: 'json' }).$type<Profile>().notNull(),
    /** The file in base64, sealed; place `signing_profiles/<id>/file`. */
    fileSealed: text().notNull(),
    /** Apple's own id of it, and the key it was made with, where Oore had it made. */
    appleId: text(),
    appStoreKeyId: text(),
  },
  (table) => [
    uniqueIndex('signing_profiles_name').on(table.organizationId, table.name),
    uniqueIndex('signing_profiles_uuid').on(table.organizationId, table.uuid),
    index('signing_profiles_bundle').on(table.organizationId, table.bundleId),
  ],
)

export const signingKeystores = sqliteTable(
  'signing_keystores',
  {
    ...stored(),
    format: text().$type<KeystoreFormat>().notNull(),
    /** Of the key that signs, in the spelling of the keystore. */
    alias: text().notNull(),
    /** Of that key's certificate. */
    sha256: text().notNull(),
    notAfter: integer().notNull(),
    described: text({ mode: 'json' }).$type<Keystore>().notNull(),
    /** The file in base64, sealed; place `signing_keystores/<id>/file`. */
    fileSealed: text().notNull(),
    /** Sealed; place `signing_keystores/<id>/store_password`. */
    storePasswordSealed: text().notNull(),
    /** Sealed; place `signing_keystores/<id>/key_password`. */
    keyPasswordSealed: text().notNull(),
  },
  (table) => [uniqueIndex('signing_keystores_name').on(table.organizationId, table.name)],
)

/** Keys of the App Store Connect API. */
export const signingAppStoreKeys = sqliteTable(
  'signing_app_store_keys',
  {
    ...stored(),
    keyId: text().notNull(),
    issuerId: text().notNull(),
    /** The .p8 as text, sealed; place `signing_app_store_keys/<id>/key`. */
    keySealed: text().notNull(),
    /** When Apple was last asked with it, and what went wrong then, as a sentence. */
    checkedAt: integer(),
    trouble: text(),
  },
  (table) => [
    uniqueIndex('signing_app_store_keys_name').on(table.organizationId, table.name),
    uniqueIndex('signing_app_store_keys_key').on(table.organizationId, table.keyId),
  ],
)

/** Devices that test builds may be installed on. */
export const signingDevices = sqliteTable(
  'signing_devices',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    udid: text().notNull(),
    name: text().notNull(),
    /** `iPhone15,2`, as the device says; null where nobody said. */
    product: text(),
    osVersion: text(),
    /** Apple's id of it, and the key it was registered with; null until it is registered. */
    appleId: text(),
    appStoreKeyId: text(),
    /** The enrolment link that it came by. */
    linkId: text(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [uniqueIndex('signing_devices_udid').on(table.organizationId, table.udid)],
)

/** Links by which phones tell their UDID. */
export const signingDeviceLinks = sqliteTable(
  'signing_device_links',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    name: text().notNull(),
    /** SHA-256 of the token in the link. */
    tokenHash: text().notNull(),
    usesLeft: integer().notNull(),
    expiresAt: integer().notNull(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('signing_device_links_token').on(table.tokenHash),
    index('signing_device_links_organization').on(table.organizationId, table.id),
  ],
)

/** Which expiry was told of at how many days before: once each, and anew after a renewal. */
export const expiryNotices = sqliteTable(
  'expiry_notices',
  {
    /** The certificate, profile or keystore. */
    subjectId: text().notNull(),
    expiresAt: integer().notNull(),
    days: integer().notNull(),
    toldAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.subjectId, table.expiresAt, table.days] })],
)
