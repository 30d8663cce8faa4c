import { noUserFilters, type User } from '../../core/users/user.ts'
import { AccountPage } from '../account/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { InvitePage } from '../people/invite.tsx'
import { PeoplePage } from '../people/list.tsx'
import { PersonPage, RemovePersonPage } from '../people/person.tsx'
import { RemoveRulePage, RulesPage } from '../people/rules.tsx'
import { GoOnPage } from '../session/go-on.tsx'
import { type LoginDoor, LoginPage } from '../session/login.tsx'
import { now } from './builds.ts'
import { type Entry, entry } from './entry.ts'

const hour = 3_600_000
const day = 24 * hour

const doors: LoginDoor[] = [
  { provider: 'github', instance: 'github.com', name: 'GitHub' },
  { provider: 'gitlab', instance: 'git.lumen.example', name: 'GitLab at git.lumen.example' },
]

const person = (number: number, changes: Partial<User> = {}): User => ({
  id: `01KAFZ000000000000000000P${number}`,
  name: 'Mara Lindqvist',
  email: 'mara@lumen.example',
  role: 'owner',
  isRoleFixed: false,
  isInvited: true,
  state: 'active',
  invitationEndsAt: null,
  lastSignedInAt: now - 2 * hour,
  createdAt: now - 90 * day,
  updatedAt: now - 2 * hour,
  identities: [
    {
      provider: 'github',
      instance: 'github.com',
      externalId: '1204',
      login: 'mara-lq',
      email: 'mara@lumen.example',
      lastSignedInAt: now - 2 * hour,
    },
  ],
  ...changes,
})

const byRule = person(2, {
  name: 'Tomás Ferreira-Albuquerque e Vasconcelos',
  email: null,
  role: 'developer',
  isInvited: false,
  identities: [
    {
      provider: 'gitlab',
      instance: 'git.lumen.example',
      externalId: '77',
      login: 'tomas.ferreira.albuquerque.vasconcelos',
      email: null,
      lastSignedInAt: now - 3 * day,
    },
  ],
})

const invited = person(3, {
  name: 'ines@lumen.example',
  email: 'ines@lumen.example',
  role: 'viewer',
  state: 'invited',
  invitationEndsAt: now + 12 * day,
  lastSignedInAt: null,
  identities: [],
})

const disabled = person(4, { name: 'Jo', role: 'admin', state: 'disabled', isRoleFixed: true })

const people = [disabled, person(1), byRule, invited]

const rules = [
  {
    id: '01KAFZ000000000000000000R1',
    provider: 'github' as const,
    instance: 'github.com',
    externalId: '501',
    name: 'lumen',
    role: 'developer' as const,
    createdAt: now - 60 * day,
  },
  {
    id: '01KAFZ000000000000000000R2',
    provider: 'gitlab' as const,
    instance: 'git.lumen.example',
    externalId: '12',
    name: 'lumen/mobile/release-managers',
    role: 'owner' as const,
    createdAt: now - 30 * day,
  },
]

const sessions = [
  {
    id: '0f3a9c',
    ip: '203.0.113.7',
    userAgent:
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15',
    isThis: true,
    createdAt: now - day,
    lastSeenAt: now - 60_000,
    endsAt: now + 6 * day,
  },
  {
    id: 'b77d10',
    ip: '2001:db8:4f::91',
    userAgent: '',
    isThis: false,
    createdAt: now - 9 * day,
    lastSeenAt: now - 4 * day,
    endsAt: now + 3 * day,
  },
]

/** Signing in, people, and one's own account. */
export function peopleEntries(shell: Shell): Entry[] {
  const stranger: Shell = { ...shell, actor: null }
  const at: Shell = { ...shell, path: '/settings/people' }
  const asAdmin: Shell = { ...at, may: (verb) => verb !== 'owner.change' }
  const list = { shell: at, filters: noUserFilters, cursor: null, now }
  const rule = { door: '', name: '', role: 'developer' as const }

  return [
    entry('login', LoginPage, { shell: stranger, error: null, next: '/builds', doors: [] }),
    entry('login-forges', LoginPage, { shell: stranger, error: null, next: '/builds', doors }),
    entry('login-wrong', LoginPage, {
      shell: stranger,
      error: 'That is not the admin token. It is the value of OORE_ADMIN_TOKEN on the server.',
      next: '/',
      doors: [],
    }),
    entry('login-refused', LoginPage, {
      shell: stranger,
      error:
        'passer-by of GitHub may not enter here now. An administrator of this server decides: ask to be invited, or to be made a member of an organization that may enter.',
      next: '/',
      doors,
    }),
    entry('login-going-on', GoOnPage, {
      shell: stranger,
      name: 'GitHub',
      // Leads to itself: who looks at this picture is not to be led away.
      url: '#main',
    }),

    entry('people', PeoplePage, { ...list, page: { data: people, nextCursor: 'next' } }),
    entry('people-none', PeoplePage, { ...list, page: { data: [], nextCursor: null } }),
    entry('people-none-match', PeoplePage, {
      ...list,
      page: { data: [], nextCursor: null },
      filters: { q: 'nobody', role: 'viewer', state: 'disabled' },
    }),
    entry('person', PersonPage, { shell: at, user: person(1), errors: [], now }),
    entry('person-by-rule', PersonPage, { shell: at, user: byRule, errors: [], now }),
    entry('person-invited', PersonPage, { shell: at, user: invited, errors: [], now }),
    entry('person-disabled', PersonPage, { shell: at, user: disabled, errors: [], now }),
    entry('person-last-owner', PersonPage, {
      shell: at,
      user: person(1),
      errors: [
        {
          field: '',
          message:
            'Mara Lindqvist is the last owner. Make somebody else an owner first, or use the admin token.',
        },
      ],
      now,
    }),
    entry('person-owner-to-an-admin', PersonPage, {
      shell: asAdmin,
      user: person(1),
      errors: [],
      now,
    }),
    entry('person-remove', RemovePersonPage, { shell: at, user: byRule, errors: [], now }),

    entry('invite', InvitePage, {
      shell: at,
      doors,
      values: { email: '', door: '', login: '', role: 'developer' },
      errors: [],
    }),
    entry('invite-wrong', InvitePage, {
      shell: at,
      doors,
      values: { email: '', door: 'github github.com', login: 'mara', role: 'admin' },
      errors: [{ field: 'login', message: 'The login is no person’s account that GitHub knows.' }],
    }),
    entry('invite-not-connected', InvitePage, {
      shell: at,
      doors: [],
      values: { email: 'mara@lumen.example', door: '', login: '', role: 'owner' },
      errors: [],
    }),

    entry('rules', RulesPage, {
      shell: at,
      page: { data: rules, nextCursor: 'next' },
      cursor: 'here',
      doors,
      values: rule,
      errors: [],
    }),
    entry('rules-none', RulesPage, {
      shell: at,
      page: { data: [], nextCursor: null },
      cursor: null,
      doors: [],
      values: rule,
      errors: [],
    }),
    entry('rules-wrong', RulesPage, {
      shell: at,
      page: { data: rules, nextCursor: null },
      cursor: null,
      doors,
      values: { ...rule, name: 'lumon' },
      errors: [
        { field: 'name', message: 'The name is no organization that GitHub shows to this server.' },
      ],
    }),
    entry('rule-remove', RemoveRulePage, { shell: at, rule: rules[0]! }),

    entry('account', AccountPage, {
      shell: { ...shell, path: '/account' },
      user: person(1),
      role: 'owner',
      sessions,
      errors: [],
      now,
    }),
    entry('account-of-the-token', AccountPage, {
      shell: { ...shell, path: '/account' },
      user: null,
      role: 'owner',
      sessions,
      errors: [],
      now,
    }),
  ]
}
