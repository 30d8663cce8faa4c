import { z } from 'zod'
import { addDevice } from '../core/devices/add.ts'
import { removeDevice, renameDevice } from '../core/devices/change.ts'
import type { Device, DeviceLink } from '../core/devices/device.ts'
import { registerKnownDevice } from '../core/apple/register-device.ts'
import { listDeviceLinks, listDevices, showDevice } from '../core/devices/find.ts'
import { type DeviceUse, showDeviceUse } from '../core/devices/profiles.ts'
import { makeDeviceLink, removeDeviceLink } from '../core/devices/links.ts'
import { isoTime } from '../lib/clock.ts'
import type { FieldError } from '../lib/errors.ts'
import { DevicePage } from '../views/devices/device.tsx'
import { DevicesPage, type DeviceForm, MadeLinkPage } from '../views/devices/page.tsx'
import { paths } from '../views/paths.ts'
import { may } from '../core/access/may.ts'
import {
  type Answer,
  goTo,
  showCreated,
  showJson,
  showList,
  showNothing,
  showPage,
} from './lib/answer.ts'
import { qrSvg } from './lib/qr.ts'
import { pageOf, pageQuery } from './lib/queries.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'

const text = z.string().max(500)
const newDevice = z.strictObject({ name: text, udid: text })
const registration = z.strictObject({ key: text })
const newLink = z.strictObject({ name: text, uses: z.number().optional() })
const firstPage = { limit: 50, cursor: null }
const guarded = { guard: 'signed-in', asks: 'signing.change' } as const

/** Devices that test builds may be installed on, and the links by which phones tell of themselves. */
export const deviceRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/signing/devices',
    guard: 'signed-in',
    asks: 'signing.read',
    does: 'Devices that test builds may be installed on',
    query: pageQuery,
    run: ({ ctx, query }) => listDevices(ctx, pageOf(query)),
    api: (page, call) => showList(page, deviceJson, call),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/signing/devices',
    does: 'Add a device by its UDID',
    body: newDevice,
    run: ({ ctx, body }) => addDevice(ctx, body),
    api: (device) => showCreated(deviceJson(device), `/api/signing/devices/${device.id}`),
  }),
  route({
    method: 'GET',
    path: '/signing/devices/:id',
    guard: 'signed-in',
    asks: 'signing.read',
    does: 'A device',
    run: (call) => showDevice(call.ctx, call.id()),
    api: (device) => showJson(deviceJson(device)),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/signing/devices/:id/register',
    does: 'Register a device that is known here at Apple',
    body: registration,
    run: (call) => registerKnownDevice(call.ctx, call.id(), call.body),
    api: (device) => showJson(deviceJson(device)),
  }),
  route({
    ...guarded,
    method: 'PATCH',
    path: '/signing/devices/:id',
    does: 'Rename a device',
    body: z.strictObject({ name: text }),
    run: (call) => renameDevice(call.ctx, call.id(), call.body.name),
    api: (device) => showJson(deviceJson(device)),
  }),
  route({
    ...guarded,
    method: 'DELETE',
    path: '/signing/devices/:id',
    does: 'Forget a device; at Apple it stays',
    run: (call) => removeDevice(call.ctx, call.id()),
    api: () => showNothing(),
  }),
  route({
    ...guarded,
    method: 'GET',
    path: '/signing/device-links',
    does: 'Links by which phones tell their UDID',
    query: pageQuery,
    run: ({ ctx, query }) => listDeviceLinks(ctx, pageOf(query)),
    api: (page, call) => showList(page, linkJson, call),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/signing/device-links',
    does: 'Make a link by which phones tell their UDID; its address is shown once',
    body: newLink,
    run: ({ ctx, body }) => makeDeviceLink(ctx, body),
    api: ({ link, url }) => showJson({ ...linkJson(link), url: url.href }, 201),
  }),
  route({
    ...guarded,
    method: 'DELETE',
    path: '/signing/device-links/:id',
    does: 'End a link',
    run: (call) => removeDeviceLink(call.ctx, call.id()),
    api: () => showNothing(),
  }),
  route({
    method: 'GET',
    path: '/settings/signing/devices',
    guard: 'signed-in',
    asks: 'signing.read',
    does: 'Devices, and links by which phones tell of themselves',
    query: pageQuery,
    run: () => null,
    page: (_, call) => showDevices(call, call.query.cursor ?? null, null),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/signing/devices',
    does: 'Add a device by its UDID',
    body: newDevice,
    form: ({ device_name, ...fields }) => ({ ...fields, name: device_name }),
    run: ({ ctx, body }) => addDevice(ctx, body),
    page: () => goTo(paths.devices()),
    refused: (error, values, call) => {
      const errors = told(error, { ...values, name: '' })
      const here = errors.map((each) =>
        each.field === 'name' ? { ...each, field: 'device_name' } : each,
      )
      return showDevices(call, null, { form: 'device', values, errors: here })
    },
  }),
  route({
    method: 'GET',
    path: '/settings/signing/devices/:id',
    guard: 'signed-in',
    asks: 'signing.read',
    does: 'A device, and what may be installed on it',
    run: (call) => showDeviceUse(call.ctx, call.id()),
    page: (use, call) => showDevicePage(call, use),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/signing/devices/:id',
    does: 'Rename a device',
    body: z.strictObject({ name: text }),
    run: (call) => renameDevice(call.ctx, call.id(), call.body.name),
    page: ({ id }) => goTo(paths.device(id)),
    refused: async (error, values, call) =>
      showDevicePage(call, await showDeviceUse(call.ctx, call.id()), {
        name: values['name'] ?? '',
        errors: told(error, values),
      }),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/signing/devices/:id/register',
    does: 'Register a device that is known here at Apple',
    body: registration,
    run: (call) => registerKnownDevice(call.ctx, call.id(), call.body),
    page: ({ id }) => goTo(paths.device(id)),
    refused: async (error, _values, call) =>
      showDevicePage(call, await showDeviceUse(call.ctx, call.id()), {
        registerErrors: told(error, {}),
      }),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/signing/devices/:id/remove',
    does: 'Forget a device; at Apple it stays',
    run: (call) => removeDevice(call.ctx, call.id()),
    page: () => goTo(paths.devices()),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/signing/device-links',
    does: 'Make a link by which phones tell their UDID; its address is shown once',
    body: newLink,
    form: ({ name, uses }) => ({ name, ...(uses?.trim() ? { uses: Number(uses) } : {}) }),
    run: ({ ctx, body }) => makeDeviceLink(ctx, body),
    page: async ({ link, url }, { shell }) =>
      showPage(
        <MadeLinkPage shell={shell()} link={link} url={url.href} qr={await qrAddress(url)} />,
      ),
    refused: (error, values, call) =>
      showDevices(call, null, { form: 'link', values, errors: told(error, values) }),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/signing/device-links/:id/remove',
    does: 'End a link',
    run: (call) => removeDeviceLink(call.ctx, call.id()),
    page: () => goTo(paths.devices()),
  }),
]

/** A QR code as an address that the page's own policy allows: nothing of it is fetched. */
const qrAddress = async (url: URL): Promise<string> =>
  `data:image/svg+xml;base64,${Buffer.from(await qrSvg(url.href)).toString('base64')}`

type RefusedForm = {
  form: DeviceForm
  values: Record<string, string>
  errors: readonly FieldError[]
} | null

async function showDevices(
  { ctx, shell, now }: Pick<Call, 'ctx' | 'shell' | 'now'>,
  cursor: string | null,
  refused: RefusedForm,
): Promise<Answer> {
  const page = await listDevices(ctx, { ...firstPage, cursor })
  const links = may(ctx.actor, 'signing.change') ? (await listDeviceLinks(ctx, firstPage)).data : []
  return showPage(<DevicesPage {...{ shell: shell(), page, cursor, links, refused, now }} />)
}

type RefusedDevice = {
  /** The name that was not taken, and why. */
  name?: string
  errors?: readonly FieldError[]
  /** Why it was not registered. */
  registerErrors?: readonly FieldError[]
}

const showDevicePage = (
  { shell, now }: Pick<Call, 'shell' | 'now'>,
  use: DeviceUse,
  { name = use.device.name, errors = [], registerErrors = [] }: RefusedDevice = {},
): Answer =>
  showPage(
    <DevicePage {...{ shell: shell(), use, values: { name }, errors, registerErrors, now }} />,
  )

const deviceJson = (device: Device) => ({
  id: device.id,
  udid: device.udid,
  name: device.name,
  product: device.product,
  os_version: device.osVersion,
  enrolled: device.isEnrolled,
  registered_by: device.registeredBy,
  created_at: isoTime(device.createdAt),
})

const linkJson = (link: DeviceLink) => ({
  id: link.id,
  name: link.name,
  uses_left: link.usesLeft,
  expires_at: isoTime(link.expiresAt),
  created_by: link.createdBy,
  created_at: isoTime(link.createdAt),
})
