import { z } from 'zod'
import { addCredential } from '../core/credentials/add.ts'
import { renameCredential } from '../core/credentials/change.ts'
import {
  type CredentialKind,
  credentialKinds,
  credentialNouns,
} from '../core/credentials/credential.ts'
import { downloadCredential } from '../core/credentials/download.ts'
import { listCredentials, showCredential } from '../core/credentials/find.ts'
import { removeCredential } from '../core/credentials/remove.ts'
import { MiB } from '../lib/sizes.ts'
import { showCreated, showJson, showList, showNothing } from './lib/answer.ts'
import { pageOf, pageQuery } from './lib/queries.ts'
import { type Route, route } from './lib/route.ts'
import { credentialJson } from './lib/signing-json.ts'
import { upload } from './lib/upload.ts'

/** A file of four megabytes is a third longer in base64. */
export const uploadBytesMax = 8 * MiB

const text = z.string().max(500)
/** Forms have no other words for yes and no. */
const isTrue = z.union([
  z.boolean(),
  z.enum(['true', 'false']).transform((word) => word === 'true'),
])

const common = { file: upload, name: text.optional(), replace: isTrue.optional() }

/** What is sent with a file of each kind. */
export const newCredential = {
  certificate: z.strictObject({ ...common, password: text.optional() }),
  profile: z.strictObject(common),
  keystore: z.strictObject({
    ...common,
    store_password: text.optional(),
    alias: text.optional(),
    key_password: text.optional(),
  }),
  app_store_key: z.strictObject({
    ...common,
    key_id: text.optional(),
    issuer_id: text.optional(),
  }),
} as const satisfies Record<CredentialKind, z.ZodType>

const words: Record<CredentialKind, { one: string; many: string }> = {
  certificate: { one: 'a signing certificate', many: 'Signing certificates' },
  profile: { one: 'a provisioning profile', many: 'Provisioning profiles' },
  keystore: { one: 'an Android keystore', many: 'Android keystores' },
  app_store_key: { one: 'a key of App Store Connect', many: 'Keys of App Store Connect' },
}

/** What builds sign with, for programs: the same five verbs for each kind, and taking it out again. */
export const credentialRoutes = (): Route[] => credentialKinds.flatMap(routesOf)

function routesOf(kind: CredentialKind): Route[] {
  const base = `/signing/${credentialNouns[kind]}`
  const { one, many } = words[kind]
  return [
    route({
      method: 'GET',
      path: base,
      guard: 'signed-in',
      asks: 'signing.read',
      does: many,
      query: pageQuery,
      run: ({ ctx, query }) => listCredentials(ctx, kind, pageOf(query)),
      api: (page, call) => showList(page, credentialJson, call),
    }),
    route({
      method: 'POST',
      path: base,
      guard: 'signed-in',
      asks: 'signing.change',
      does: `Check and store ${one}`,
      takesFile: true,
      bodyBytesMax: uploadBytesMax,
      body: newCredential[kind] as z.ZodType<NewBody>,
      run: ({ ctx, body: { file, name, replace, ...fields } }) =>
        addCredential(ctx, kind, { file, name, replace, fields }),
      api: (credential) => showCreated(credentialJson(credential), `/api${base}/${credential.id}`),
    }),
    route({
      method: 'GET',
      path: `${base}/:id`,
      guard: 'signed-in',
      asks: 'signing.read',
      does: `What ${one} says of itself`,
      run: (call) => showCredential(call.ctx, kind, call.param('id')),
      api: (credential) => showJson(credentialJson(credential)),
    }),
    route({
      method: 'PATCH',
      path: `${base}/:id`,
      guard: 'signed-in',
      asks: 'signing.change',
      does: `Rename ${one}`,
      body: z.strictObject({ name: text }),
      run: (call) => renameCredential(call.ctx, kind, call.param('id'), call.body.name),
      api: (credential) => showJson(credentialJson(credential)),
    }),
    route({
      method: 'DELETE',
      path: `${base}/:id`,
      guard: 'signed-in',
      asks: 'signing.change',
      does: `Forget ${one}; nothing is revoked`,
      run: (call) => removeCredential(call.ctx, kind, call.param('id')),
      api: () => showNothing(),
    }),
    route({
      method: 'POST',
      path: `${base}/:id/download`,
      guard: 'signed-in',
      asks: 'signing.download',
      does: `Take ${one} out again, with its passwords; it is written down who did`,
      run: (call) => downloadCredential(call.ctx, kind, call.param('id')),
      api: ({ name, fileName, file, passwords }) =>
        showJson({
          name,
          file_name: fileName,
          content_base64: file.toString('base64'),
          ...passwords,
        }),
    }),
  ]
}

/** The body of any kind: what is not known of one was refused when it was read. */
export type NewBody = {
  file: z.infer<typeof upload>
  name?: string
  replace?: boolean
  password?: string
  store_password?: string
  alias?: string
  key_password?: string
  key_id?: string
  issuer_id?: string
}
