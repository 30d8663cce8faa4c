import type { EntryRule } from '../../core/entry-rules/rule.ts'
import type { OwnSession } from '../../core/sessions/session.ts'
import type { Identity, User } from '../../core/users/user.ts'
import { isoTime, isoTimeOrNull } from '../../lib/clock.ts'

/** A person as the API shows them. */
export const userJson = (user: User) => ({
  id: user.id,
  name: user.name,
  email: user.email,
  role: user.role,
  role_fixed: user.isRoleFixed,
  invited: user.isInvited,
  state: user.state,
  invitation_ends_at: isoTimeOrNull(user.invitationEndsAt),
  last_signed_in_at: isoTimeOrNull(user.lastSignedInAt),
  created_at: isoTime(user.createdAt),
  updated_at: isoTime(user.updatedAt),
  identities: user.identities.map(identityJson),
})

const identityJson = (identity: Identity) => ({
  provider: identity.provider,
  instance: identity.instance,
  external_id: identity.externalId,
  login: identity.login,
  email: identity.email,
  last_signed_in_at: isoTimeOrNull(identity.lastSignedInAt),
})

export const entryRuleJson = (rule: EntryRule) => ({
  id: rule.id,
  provider: rule.provider,
  instance: rule.instance,
  external_id: rule.externalId,
  name: rule.name,
  role: rule.role,
  created_at: isoTime(rule.createdAt),
})

export const ownSessionJson = (session: OwnSession) => ({
  id: session.id,
  ip: session.ip,
  user_agent: session.userAgent,
  current: session.isThis,
  created_at: isoTime(session.createdAt),
  last_seen_at: isoTime(session.lastSeenAt),
  ends_at: isoTime(session.endsAt),
})
