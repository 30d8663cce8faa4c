import { desc, eq, inArray, and } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Millis } from '../../lib/clock.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { CredentialKind } from './credential.ts'
import { withAuthorNames } from '../users/names.ts'
import { findCredentialRow } from './find.ts'
import { type OpenCredential, openCredential } from './open.ts'

export type DownloadedCredential = OpenCredential & { name: string; fileName: string }

/** Takes a credential out again, for owners. Who and when is written down. */
export async function downloadCredential(
  ctx: Ctx,
  kind: CredentialKind,
  idOrName: string,
): Promise<DownloadedCredential> {
  if (!may(ctx.actor, 'signing.download')) throw refused(ctx.actor, 'signing.download')
  const row = await findCredentialRow(ctx, kind, idOrName)
  const opened = openCredential(ctx, row)
  await change(ctx, async (_tx, record) => {
    record(`${kind}.downloaded`, row.id, { name: row.name })
  })
  return { ...opened, name: row.name, fileName: fileNameOf(row) }
}

/** As the tools that take such files expect them to be called. */
function fileNameOf({
  kind,
  name,
  described,
}: Pick<typeof schema.signingCredentials.$inferSelect, 'kind' | 'name' | 'described'>): string {
  const base = name.replace(/[^\w.@+-]+/g, '_')
  switch (kind) {
    case 'certificate':
      return `${base}.p12`
    case 'profile': {
      const isMac = 'platforms' in described && described.platforms.includes('OSX')
      return `${base}.${isMac ? 'provisionprofile' : 'mobileprovision'}`
    }
    case 'keystore':
      return `${base}.${'format' in described && described.format === 'jks' ? 'jks' : 'p12'}`
    case 'app_store_key':
      return 'keyId' in described ? `AuthKey_${described.keyId}.p8` : `${base}.p8`
  }
}

/** What was done with a credential: who, when. */
export type CredentialDeed = {
  deed: 'added' | 'changed' | 'downloaded' | 'expiring'
  by: string
  at: Millis
}

const deedsMax = 20

/** The newest of what was done with it. */
export async function credentialHistory(
  ctx: Ctx,
  kind: CredentialKind,
  id: string,
): Promise<CredentialDeed[]> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  const { facts: f } = schema
  const kinds = ['added', 'changed', 'downloaded', 'expiring'] as const
  const rows = await ctx.db.read
    .select({ kind: f.kind, actor: f.actor, at: f.at })
    .from(f)
    .where(
      and(
        eq(f.subject, id),
        inArray(
          f.kind,
          kinds.map((deed) => `${kind}.${deed}` as const),
        ),
      ),
    )
    .orderBy(desc(f.seq))
    .limit(deedsMax)
    .all()
  const deeds = rows.map((row) => ({
    deed: row.kind.slice(kind.length + 1) as CredentialDeed['deed'],
    createdBy: row.actor,
    at: row.at,
  }))
  const named = await withAuthorNames(ctx, deeds)
  return named.map(({ createdBy, ...deed }) => ({ ...deed, by: createdBy }))
}
