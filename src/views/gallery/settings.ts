import { minutes } from '../../lib/clock.ts'
import type { Shell } from '../layout/shell.ts'
import { AddressPage } from '../settings/address.tsx'
import { hostile, now } from './builds.ts'
import { type Entry, entry } from './entry.ts'

/** The pages of settings in their states. */
export function settingsEntries(at: (path: string) => Shell): Entry[] {
  const shell = at('/settings/address')
  const address = 'https://ci.example.com'
  return [
    entry('address-unchecked', AddressPage, { shell, address, check: null, now }),
    entry('address-checked', AddressPage, {
      shell,
      address,
      check: {
        at: now - minutes(3),
        address,
        findings: [
          { about: 'scheme', verdict: 'good', text: 'It is https: nobody reads along.' },
          {
            about: 'name',
            verdict: 'doubtful',
            text: 'ci.example.com is 10.1.2.3, in a private network: a forge in that network can call it, github.com and gitlab.com cannot.',
          },
          { about: 'itself', verdict: 'bad', text: hostile },
          {
            about: 'outside',
            verdict: 'good',
            text: 'A delivery that proved itself came from outside at 2026-11-20T15:40:00.000Z.',
          },
        ],
      },
      now,
    }),
  ]
}
