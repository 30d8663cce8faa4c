import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { readDotenv } from '../../lib/dotenv.ts'
import { type FieldError, OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findGroupRow, type GroupDetail, showGroup } from './find.ts'
import { checkVariable, putVariable } from './set.ts'

export type Import = {
  /** The text of a `.env` file. */
  content: string
  environment?: string | undefined
  branch_pattern?: string | undefined
  secret?: boolean | undefined
  protected?: boolean | undefined
  /** Takes new values for names that are there already. */
  replace?: boolean | undefined
}

const problemsToldMax = 20

/**
 * Stores every variable of a `.env` file, or none: where a line cannot be read, or a name is there
 * already and `replace` was not said, it throws OoreError `invalid` with the lines. Values are in no
 * message.
 */
export async function importVariables(
  ctx: Ctx,
  groupId: Id,
  { content, replace = false, ...shared }: Import,
): Promise<GroupDetail> {
  if (!may(ctx.actor, 'variable.change')) throw refused(ctx.actor, 'variable.change')
  await findGroupRow(ctx, groupId)
  const { variables, problems } = readDotenv(content)
  const told = problems.map(({ line, message }) => `line ${line} ${message}`)
  const checked = variables.flatMap(({ line, name, value }) => {
    if (/^Encrypted\(.*\)$/s.test(value)) {
      told.push(
        `line ${line} has a value of ${name} that only Codemagic can decrypt: write the value itself`,
      )
      return []
    }
    try {
      return [checkVariable({ ...shared, name, value })]
    } catch (error) {
      if (!(error instanceof OoreError)) throw error
      told.push(...error.fields.map(({ message }) => `line ${line}: ${name} ${message}`))
      return []
    }
  })
  if (told.length > 0) throw unreadable(told)
  if (checked.length === 0) throw unreadable(['has no variable: write one KEY=value a line'])
  await change(ctx, async (tx, record) => {
    if (!replace) {
      const { variables: v } = schema
      const there = await tx.select().from(v).where(eq(v.groupId, groupId)).all()
      const taken = checked.filter(({ key }) =>
        there.some(
          (row) =>
            row.name === key.name &&
            row.environment === key.environment &&
            row.branchPattern === key.branchPattern,
        ),
      )
      if (taken.length > 0) {
        const names = taken.map(({ key }) => key.name).join(', ')
        throw unreadable([
          `has names that are there already (${names}): say replace to change them`,
        ])
      }
    }
    for (const each of checked) await putVariable(ctx, tx, record, groupId, each)
  })
  return showGroup(ctx, groupId)
}

function unreadable(told: readonly string[]): OoreError {
  const shown = told.slice(0, problemsToldMax)
  const more = told.length - shown.length
  const fields: FieldError[] = shown.map((message) => ({ field: 'content', message }))
  const rest = more > 0 ? ` And ${more} more.` : ''
  return new OoreError('invalid', `Nothing was stored. The file ${shown.join('; ')}.${rest}`, {
    fields,
  })
}
