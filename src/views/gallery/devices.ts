import type { Device, DeviceLink } from '../../core/devices/device.ts'
import { days } from '../../lib/clock.ts'
import { EnrolledPage, EnrolPage } from '../devices/enrol.tsx'
import { DevicePage } from '../devices/device.tsx'
import { DevicesPage, MadeLinkPage } from '../devices/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { id, now } from './builds.ts'
import { type Entry, entry } from './entry.ts'
import { forDevices } from './signing.ts'

const devices: Device[] = [
  {
    id: id(871),
    udid: '00008110-001A2B3C4D5E6F70',
    name: 'Ada’s iPhone',
    product: 'iPhone15,2',
    osVersion: '22B83',
    isEnrolled: true,
    registeredBy: id(831),
    createdAt: now - days(2),
  },
  {
    id: id(872),
    udid: 'a1b2'.repeat(10),
    name: 'The old iPad of the meeting room on the second floor',
    product: null,
    osVersion: null,
    isEnrolled: false,
    registeredBy: null,
    createdAt: now - days(90),
  },
]

const link = (number: number, changes: Partial<DeviceLink> = {}): DeviceLink => ({
  id: id(number),
  name: 'Testers of Wallet',
  usesLeft: 18,
  expiresAt: now + days(5),
  createdBy: 'Ada',
  createdAt: now - days(2),
  ...changes,
})

/** Devices, and what testers see. */
export function deviceEntries(at: (path: string) => Shell): Entry[] {
  const shell = at('/settings/signing/devices')
  const outside: Shell = { ...at('/enroll/x'), actor: null }
  return [
    entry('devices', DevicesPage, {
      shell,
      page: { data: devices, nextCursor: 'next' },
      cursor: 'here',
      links: [link(881), link(882, { usesLeft: 1 }), link(883, { expiresAt: now - days(1) })],
      refused: null,
      now,
    }),
    entry('devices-none', DevicesPage, {
      shell,
      page: { data: [], nextCursor: null },
      cursor: null,
      links: [],
      refused: {
        form: 'device' as const,
        values: { device_name: 'x', udid: 'y' },
        errors: [{ field: 'udid', message: 'The udid must be 8 and 16 hexadecimal digits.' }],
      },
      now,
    }),
    entry('device', DevicePage, {
      shell,
      registerErrors: [],
      use: {
        device: devices[0]!,
        keys: forDevices.keys,
        profiles: [
          { profile: forDevices.profiles[1]!, namesIt: true },
          { profile: { ...forDevices.profiles[1]!, id: id(815) }, namesIt: false },
        ],
      },
      values: { name: devices[0]!.name },
      errors: [],
      now,
    }),
    entry('device-unregistered', DevicePage, {
      shell,
      registerErrors: [],
      use: {
        device: devices[1]!,
        keys: [...forDevices.keys, { ...forDevices.keys[0]!, id: id(832), name: 'Another team' }],
        profiles: [{ profile: forDevices.profiles[1]!, namesIt: false }],
      },
      values: { name: '' },
      errors: [{ field: 'name', message: 'The name must have 1 to 100 characters.' }],
      now,
    }),
    entry('device-without-keys', DevicePage, {
      shell,
      registerErrors: [],
      use: { device: devices[1]!, keys: [], profiles: [] },
      values: { name: devices[1]!.name },
      errors: [],
      now,
    }),
    entry('device-link', MadeLinkPage, {
      shell,
      link: link(881),
      url: `https://ci.lumen.example/enroll/${'q'.repeat(43)}`,
      qr: '/assets/icon.svg',
    }),
    entry('enrol', EnrolPage, {
      shell: outside,
      link: link(881),
      profile: `/enroll/${'q'.repeat(43)}/profile.mobileconfig`,
      host: 'ci.lumen.example',
      isHttps: false,
    }),
    entry('enrolled', EnrolledPage, { shell: outside, host: 'ci.lumen.example' }),
  ]
}
