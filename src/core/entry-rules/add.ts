import { and, count, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { actorText, type Role } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { chooseDoor } from '../sign-in/doors.ts'
import { checkMayMake } from '../users/owners.ts'
import type { SignInProviderKey } from '../users/user.ts'
import { ruleOf } from './list.ts'
import type { EntryRule } from './rule.ts'

/** Each costs a call to the forge whenever somebody signs in there. */
export const rulesPerInstanceMax = 20

export type NewEntryRule = {
  provider?: SignInProviderKey | undefined
  instance?: string | undefined
  /** GitHub's organization, or the whole path of GitLab's group. */
  name: string
  role?: Role | undefined
}

/**
 * Lets the members of an organization or group enter from now on. It is looked up now and kept as the
 * forge's number. Throws OoreError `invalid` by field, `conflict` where there is such a rule, and
 * `unavailable` where the forge is away.
 */
export async function addEntryRule(ctx: Ctx, given: NewEntryRule): Promise<EntryRule> {
  if (!may(ctx.actor, 'person.change')) throw refused(ctx.actor, 'person.change')
  const role = given.role ?? 'viewer'
  checkMayMake(ctx, role)
  const door = await chooseDoor(ctx, given.provider, given.instance)
  const asked = given.name.trim().replace(/^\/+|\/+$/g, '')
  const group = /^[\w.-]+(\/[\w.-]+)*$/.test(asked) ? await door.forge.findGroup(asked) : null
  if (group === null) {
    const message = `is no ${door.groupWord} that ${door.name} shows to this server: look it up there`
    throw new OoreError('invalid', `The name ${message}.`, { fields: [{ field: 'name', message }] })
  }
  const row = await change(ctx, async (tx, record) => {
    const { entryRules: r } = schema
    const ofDoor = and(
      eq(r.organizationId, ctx.organizationId),
      eq(r.provider, door.provider),
      eq(r.instance, door.instance),
    )
    const same = await tx
      .select({ role: r.role })
      .from(r)
      .where(and(ofDoor, eq(r.externalId, group.externalId)))
      .get()
    if (same) {
      throw new OoreError(
        'conflict',
        `Members of ${group.name} may enter already, as ${same.role}. Remove that rule first.`,
      )
    }
    const known = await tx.select({ count: count() }).from(r).where(ofDoor).get()
    if ((known?.count ?? 0) >= rulesPerInstanceMax) {
      throw new OoreError(
        'conflict',
        `There are ${rulesPerInstanceMax} rules for ${door.name} already. Remove one of them first.`,
      )
    }
    const added = await tx
      .insert(r)
      .values({
        id: newId(),
        organizationId: ctx.organizationId,
        provider: door.provider,
        instance: door.instance,
        externalId: group.externalId,
        name: group.name,
        role,
        createdBy: actorText(ctx.actor),
        createdAt: ctx.clock(),
      })
      .returning()
      .get()
    record('entry_rule.added', added.id, { name: group.name, role })
    return added
  })
  return ruleOf(row)
}
