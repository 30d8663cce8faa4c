import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { CertificateKind } from '../../signing/apple/certificate.ts'
import type { CredentialKind, DescribedCredential } from '../../signing/credential.ts'
import { organizations } from './organizations.ts'

/** What builds sign with: certificates, profiles, keystores, and keys of App Store Connect. */
export const signingCredentials = sqliteTable(
  'signing_credentials',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    kind: text().$type<CredentialKind>().notNull(),
    /** What configurations call it. */
    name: text().notNull(),
    /**
     * What makes it the same whatever it is called: the certificate's SHA-1, the profile's UUID, the
     * SHA-256 of the keystore's signing certificate, the key's id.
     */
    identity: text().notNull(),
    /** What the file says of itself, read when it came; nothing secret. */
    described: text({ mode: 'json' }).$type<DescribedCredential>().notNull(),
    /** Null where it never does. */
    expiresAt: integer(),
    /** The file in base64, sealed; place `signing_credentials/<id>/file`. */
    fileSealed: text().notNull(),
    /** JSON of the passwords that open it, sealed; place `signing_credentials/<id>/passwords`. */
    passwordsSealed: text().notNull(),
    /** Apple's own id of it, and the key it was made with, where Oore had it made. */
    appleId: text(),
    appStoreKeyId: text(),
    lastUsedAt: integer(),
    lastUsedBuildId: text(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('signing_credentials_name').on(table.organizationId, table.kind, table.name),
    uniqueIndex('signing_credentials_identity').on(
      table.organizationId,
      table.kind,
      table.identity,
    ),
    index('signing_credentials_expiry').on(table.organizationId, table.expiresAt),
  ],
)

/**
 * Requests for certificates that Apple was asked for, until the certificate is stored: where its answer
 * is lost on the way, the key that it was made for is not.
 */
export const signingRequests = sqliteTable(
  'signing_requests',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    /** Apple's id of the key that was asked with, so that one that is stored anew finds it. */
    appleKeyId: text('app_store_key_id').notNull(),
    certificateKind: text().$type<CertificateKind>().notNull(),
    /** SHA-256 of the public key (SPKI, DER), by which its certificate is known again; empty until it is made. */
    publicKeySha256: text().notNull(),
    /** The private key in PEM, sealed; place `signing_requests/<id>/key`. */
    keySealed: text().notNull(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [index('signing_requests_key').on(table.organizationId, table.appleKeyId)],
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
    /** The credential. */
    subjectId: text().notNull(),
    expiresAt: integer().notNull(),
    days: integer().notNull(),
    toldAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.subjectId, table.expiresAt, table.days] })],
)
