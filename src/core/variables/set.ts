import { and, count, eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { type FieldError, OoreError } from '../../lib/errors.ts'
import { globTrouble } from '../../lib/glob.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { buildIdVariable } from '../../lib/machine-variables.ts'
import { maskWarningOf } from '../../lib/redact/warning.ts'
import { Secret } from '../../lib/secret.ts'
import { sizeText } from '../../lib/sizes.ts'
import { actorText } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change, type Recorder } from '../events/change.ts'
import { findGroupRow, showVariable, type VariableKey, variablePlace, valueOf } from './find.ts'
import {
  environmentPattern,
  type StoredVariable,
  valueBytesMax,
  variableNameMax,
  variableNamePattern,
  variablesMax,
} from './variable.ts'

export type NewVariable = {
  name: string
  /** Left out, the value that is stored stays. */
  value?: string | undefined
  environment?: string | undefined
  branch_pattern?: string | undefined
  /** True unless said otherwise. */
  secret?: boolean | undefined
  /** True unless said otherwise; a secret always is. */
  protected?: boolean | undefined
}

/**
 * Stores a variable in a group, or changes the one of this name, environment and branch pattern.
 * A secret does not become plain without a new value. Throws OoreError `invalid` by field.
 */
export async function setVariable(
  ctx: Ctx,
  groupId: Id,
  input: NewVariable,
): Promise<StoredVariable> {
  if (!may(ctx.actor, 'variable.change')) throw refused(ctx.actor, 'variable.change')
  await findGroupRow(ctx, groupId)
  const checked = checkVariable(input)
  await change(ctx, (tx, record) => putVariable(ctx, tx, record, groupId, checked))
  return showVariable(ctx, groupId, checked.key)
}

/** A variable whose every part was found in order. */
export type CheckedVariable = {
  key: VariableKey
  value: string | null
  isSecret: boolean
  isProtected: boolean
}

/** What the runner itself has to own. */
const reserved = [buildIdVariable, 'CM_ENV']

/** Throws OoreError `invalid` with all that is wrong. */
export function checkVariable(input: NewVariable): CheckedVariable {
  const name = input.name.trim()
  const environment = input.environment?.trim() ?? ''
  const branchPattern = input.branch_pattern?.trim() ?? ''
  const value = input.value ?? null
  const fields: FieldError[] = []
  const wrong = (field: string, message: string) => fields.push({ field, message })
  if (!variableNamePattern.test(name) || name.length > variableNameMax) {
    const found = name === '' ? 'is missing' : `is ${JSON.stringify(name.slice(0, 60))}`
    wrong('name', `${found}: write letters, digits and "_", no digit first`)
  } else if (reserved.includes(name)) {
    wrong('name', `is ${name}, which Oore sets itself`)
  }
  if (environment !== '' && !environmentPattern.test(environment)) {
    wrong('environment', 'takes up to 60 letters, digits and . _ -, such as production')
  }
  const trouble = branchPattern === '' ? null : globTrouble(branchPattern)
  if (trouble !== null) wrong('branch_pattern', `cannot be used: ${trouble}`)
  if (value !== null && value.includes('\0'))
    wrong('value', 'holds a NUL byte, which no variable can')
  const bytes = value === null ? 0 : Buffer.byteLength(value)
  if (bytes > valueBytesMax) {
    wrong('value', `has ${sizeText(bytes)}; a variable takes at most ${sizeText(valueBytesMax)}`)
  }
  if (fields.length > 0) {
    const sentences = fields.map(({ field, message }) => `The ${field} ${message}.`)
    throw new OoreError('invalid', sentences.join(' '), { fields })
  }
  const isSecret = input.secret ?? true
  return {
    key: { name, environment, branchPattern },
    value,
    isSecret,
    isProtected: isSecret || (input.protected ?? true),
  }
}

/** Writes one variable, in the caller's transaction. */
export async function putVariable(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  groupId: Id,
  { key, value, isSecret, isProtected }: CheckedVariable,
): Promise<void> {
  const { variables: v } = schema
  const own = and(
    eq(v.groupId, groupId),
    eq(v.name, key.name),
    eq(v.environment, key.environment),
    eq(v.branchPattern, key.branchPattern),
  )
  const before = await tx.select().from(v).where(own).get()
  if (value === null && before === undefined)
    throw lacksValue('is missing: a new variable needs one')
  if (value === null && before?.isSecret === true && !isSecret) {
    throw lacksValue('is missing: a secret becomes plain only with a new value')
  }
  if (before === undefined) await refuseMore(tx, groupId)
  const id = before?.id ?? newId()
  const now = ctx.clock()
  const text = value ?? valueOf(ctx, before!)
  const values = {
    isSecret,
    isProtected,
    valueSealed:
      value === null ? before!.valueSealed : ctx.keyring.seal(new Secret(value), variablePlace(id)),
    maskWarning: isSecret ? maskWarningOf(text) : null,
    updatedBy: actorText(ctx.actor),
    updatedAt: now,
  }
  if (before === undefined) {
    await tx.insert(v).values({ id, groupId, ...key, ...values, createdAt: now })
  } else {
    await tx.update(v).set(values).where(eq(v.id, id))
  }
  record('variable.set', groupId, {
    name: key.name,
    environment: key.environment,
    branch_pattern: key.branchPattern,
    is_secret: isSecret,
    is_new: before === undefined,
  })
}

const lacksValue = (message: string): OoreError =>
  new OoreError('invalid', `The value ${message}.`, { fields: [{ field: 'value', message }] })

async function refuseMore(tx: Writer, groupId: Id): Promise<void> {
  const { variables: v } = schema
  const row = await tx.select({ count: count() }).from(v).where(eq(v.groupId, groupId)).get()
  if ((row?.count ?? 0) < variablesMax) return
  const message = `is one too many: a group takes ${variablesMax} variables`
  throw new OoreError('invalid', `The variable ${message}.`, {
    fields: [{ field: 'name', message }],
  })
}
