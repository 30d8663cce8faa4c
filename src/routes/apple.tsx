import { z } from 'zod'
import { createCertificate } from '../core/apple/create-certificate.ts'
import { createProfile } from '../core/apple/create-profile.ts'
import { registerAppId } from '../core/apple/register-app-id.ts'
import { registerDevice } from '../core/apple/register-device.ts'
import { renewProfile } from '../core/apple/renew-profile.ts'
import { type AppleAccount, showApple } from '../core/apple/show.ts'
import { storeProfile } from '../core/apple/store-profile.ts'
import { showCredential } from '../core/credentials/find.ts'
import { type FieldError, OoreError } from '../lib/errors.ts'
import type { AppleBundleId, AppleDevice } from '../signing/connect/resources.ts'
import { ApplePage, type AppleForm } from '../views/signing/apple.tsx'
import { paths } from '../views/paths.ts'
import { type Answer, goTo, showCreated, showJson, showPage } from './lib/answer.ts'
import { showCredentialPage } from './lib/credential-page.tsx'
import { type Call, type Route, route } from './lib/route.ts'
import { credentialJson } from './lib/signing-json.ts'
import { told } from './lib/told.ts'

const text = z.string().max(500)
/** A hundred of each of Apple's five kinds, and some to spare. */
const devicesMax = 1000
const certificateKinds = ['development', 'distribution'] as const
const profileKinds = ['development', 'ad_hoc', 'app_store', 'enterprise'] as const

const newDevice = z.strictObject({ name: text, udid: text })
const newCertificate = z.strictObject({
  kind: z.enum(certificateKinds),
  name: text.optional(),
  replace: z.boolean().optional(),
})
const newProfile = z.strictObject({
  bundle_id: text,
  kind: z.enum(profileKinds),
  name: text.optional(),
  certificate: text.optional(),
  devices: z.array(text).max(devicesMax).optional(),
  replace: z.boolean().optional(),
})
const storedProfile = newProfile.pick({ name: true, replace: true })
const newAppId = z.strictObject({ bundle_id: text, name: text.optional() })
const renewal = z.strictObject({
  key: text.optional(),
  certificate: text.optional(),
  add_device: text.optional(),
  deletes_old: z.boolean().optional(),
})

const base = '/signing/app-store-keys/:id'
const guarded = { guard: 'signed-in', asks: 'signing.change' } as const

/** What a key of App Store Connect reaches: asked of Apple there and then. Nothing is revoked. */
export const appleRoutes = (): Route[] => [
  route({
    ...guarded,
    method: 'GET',
    path: `${base}/apple`,
    does: 'The devices, certificates and profiles of a team, asked of Apple now',
    run: (call) => showApple(call.ctx, call.param('id')),
    api: (account) => showJson(accountJson(account)),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `${base}/devices`,
    does: 'Register a device at Apple',
    body: newDevice,
    run: (call) => registerDevice(call.ctx, call.param('id'), call.body),
    api: (device) => showJson(deviceJson(device), 201),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `${base}/certificates`,
    does: 'Have a certificate issued for a key made here, and store both',
    body: newCertificate,
    run: (call) => createCertificate(call.ctx, call.param('id'), call.body),
    api: (made) => showCreated(credentialJson(made), `/api/signing/certificates/${made.id}`),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `${base}/bundle-ids`,
    does: 'Register an app id at Apple',
    body: newAppId,
    run: (call) => registerAppId(call.ctx, call.param('id'), call.body),
    api: (app) => showJson(appIdJson(app), 201),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `${base}/profiles`,
    does: 'Have a profile made at Apple, and store it',
    body: newProfile,
    run: (call) => createProfile(call.ctx, call.param('id'), call.body),
    api: (made) => showCreated(credentialJson(made), `/api/signing/profiles/${made.id}`),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `${base}/profiles/:profile/store`,
    does: 'Store a profile that is at Apple already: by Apple’s id of it, its UUID or its name there',
    body: storedProfile,
    run: (call) => storeProfile(call.ctx, call.param('id'), call.param('profile'), call.body),
    api: (stored) => showCreated(credentialJson(stored), `/api/signing/profiles/${stored.id}`),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/signing/profiles/:id/renew',
    does: 'Have a stored profile made anew at Apple, with the devices there are now',
    body: renewal,
    run: (call) => renewProfile(call.ctx, call.param('id'), call.body),
    api: (made) => showJson(credentialJson(made)),
  }),
  route({
    ...guarded,
    method: 'GET',
    path: `/settings${base}/apple`,
    does: 'What a team has at Apple, and the forms that have more made',
    run: (call) => showApple(call.ctx, call.id()),
    page: (account, { shell }) =>
      showPage(<ApplePage shell={shell()} account={account} refused={null} />),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `/settings${base}/apple/devices`,
    does: 'Register a device at Apple',
    body: newDevice,
    form: ({ device_name, ...fields }) => ({ ...fields, name: device_name }),
    run: (call) => registerDevice(call.ctx, call.id(), call.body),
    page: (_, call) => goTo(paths.apple(call.id())),
    refused: (error, values, call) =>
      refusedForm(call, 'device', values, inForm(error, values, { name: 'device_name' })),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `/settings${base}/apple/certificates`,
    does: 'Have a certificate issued for a key made here, and store both',
    body: newCertificate,
    form: ({ certificate_kind: kind, certificate_name: name }) => ({
      kind,
      ...(name ? { name } : {}),
    }),
    run: (call) => createCertificate(call.ctx, call.id(), call.body),
    page: ({ id }) => goTo(paths.credential('certificate', id)),
    refused: (error, values, call) =>
      refusedForm(
        call,
        'certificate',
        values,
        inForm(error, values, { kind: 'certificate_kind', name: 'certificate_name' }),
      ),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `/settings${base}/apple/profiles`,
    does: 'Have a profile made at Apple, and store it',
    body: newProfile,
    form: ({ name, certificate, devices = '', ...fields }) => ({
      ...fields,
      ...(name ? { name } : {}),
      ...(certificate ? { certificate } : {}),
      ...(devices.trim() ? { devices: devices.trim().split(/[\s,;]+/) } : {}),
    }),
    run: (call) => createProfile(call.ctx, call.id(), call.body),
    page: ({ id }) => goTo(paths.credential('profile', id)),
    refused: (error, values, call) => refusedForm(call, 'profile', values, told(error, values)),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `/settings${base}/apple/profiles/:profile/store`,
    does: 'Store a profile that is at Apple already',
    body: storedProfile,
    run: (call) => storeProfile(call.ctx, call.id(), call.param('profile'), call.body),
    page: ({ id }) => goTo(paths.credential('profile', id)),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: `/settings${base}/apple/bundle-ids`,
    does: 'Register an app id at Apple',
    body: newAppId,
    form: ({ app_bundle_id, app_name }) => ({
      bundle_id: app_bundle_id,
      ...(app_name ? { name: app_name } : {}),
    }),
    run: (call) => registerAppId(call.ctx, call.id(), call.body),
    page: (_, call) => goTo(paths.apple(call.id())),
    refused: (error, values, call) =>
      refusedForm(
        call,
        'app',
        values,
        inForm(error, values, { bundle_id: 'app_bundle_id', name: 'app_name' }),
      ),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/signing/profiles/:id/renew',
    does: 'Have a stored profile made anew at Apple, with the devices there are now',
    body: renewal,
    form: ({ key, add_device, deletes_old }) => ({
      ...(key ? { key } : {}),
      ...(add_device ? { add_device } : {}),
      deletes_old: deletes_old === 'true',
    }),
    run: (call) => renewProfile(call.ctx, call.id(), call.body),
    page: ({ id }) => goTo(paths.credential('profile', id)),
    refused: (error, _values, call) =>
      showCredentialPage(call, 'profile', { renewErrors: told(error, {}) }),
  }),
]

/** One page has four forms, so some of their fields have longer names than in the API. */
function inForm(
  error: OoreError,
  values: Record<string, string>,
  names: Readonly<Record<string, string>>,
): FieldError[] {
  const here = Object.fromEntries(Object.keys(names).map((name) => [name, '']))
  return told(error, { ...values, ...here }).map((each) => ({
    ...each,
    field: names[each.field] ?? each.field,
  }))
}

async function refusedForm(
  call: Pick<Call, 'ctx' | 'id' | 'shell'>,
  form: AppleForm,
  values: Record<string, string>,
  errors: readonly FieldError[],
): Promise<Answer> {
  const account = await showApple(call.ctx, call.id()).catch(async (error: unknown) => {
    // What was typed is not lost because Apple cannot be asked again.
    if (!(error instanceof OoreError)) throw error
    return { key: await showCredential(call.ctx, 'app_store_key', call.id()) }
  })
  return showPage(
    <ApplePage shell={call.shell()} account={account} refused={{ form, values, errors }} />,
  )
}

const deviceJson = (device: AppleDevice) => ({
  id: device.id,
  name: device.name,
  udid: device.udid,
  platform: device.platform,
  status: device.status,
  model: device.model ?? null,
})

const appIdJson = (app: AppleBundleId) => ({
  id: app.id,
  bundle_id: app.identifier,
  name: app.name,
  platform: app.platform,
})

const accountJson = ({ devices, bundleIds, certificates, profiles }: AppleAccount) => ({
  devices: devices.map(deviceJson),
  bundle_ids: bundleIds.map(appIdJson),
  certificates: certificates.map((each) => ({
    id: each.id,
    name: each.name,
    kind: each.certificateType,
    serial: each.serialNumber,
    not_after: each.expirationDate ?? null,
    stored_as: each.heldAs,
  })),
  profiles: profiles.map((each) => ({
    id: each.id,
    name: each.name,
    uuid: each.uuid,
    kind: each.profileType,
    state: each.profileState,
    bundle_id: each.bundleId,
    devices: each.devices?.named ?? null,
    devices_missing: each.devices?.missing ?? null,
    expires_at: each.expirationDate ?? null,
    stored_as: each.heldAs,
  })),
})
