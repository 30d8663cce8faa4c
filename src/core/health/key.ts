import { schema } from '../../db/client.ts'
import type { Ctx } from '../ctx.ts'
import { may, refused } from '../access/may.ts'
import { Secret } from '../../lib/secret.ts'

/** The data was written under another key: with this one no stored secret would open. */
export class WrongKey extends Error {
  constructor() {
    super(
      'ENCRYPTION_KEY is not the key that the secrets in this database were encrypted with. ' +
        'Start with that key, or with another OORE_DATA_DIR.',
    )
    this.name = 'WrongKey'
  }
}

const place = 'key_checks/sealed'
const knownText = 'oore'

/** Holds the key against the database, and leaves a mark for the next time. Throws WrongKey. */
export async function checkKey(ctx: Ctx): Promise<void> {
  if (!may(ctx.actor, 'system.maintain')) throw refused(ctx.actor)
  const { keyChecks } = schema
  const [mark] = await ctx.db.read.select().from(keyChecks).limit(1).all()
  if (!mark) {
    const sealed = ctx.keyring.seal(new Secret(knownText), place)
    await ctx.db.write(async (tx) => {
      const createdAt = ctx.clock()
      await tx.insert(keyChecks).values({ keyId: ctx.keyring.keyId, sealed, createdAt })
    })
    return
  }
  try {
    ctx.keyring.open(mark.sealed, place)
  } catch {
    throw new WrongKey()
  }
}
