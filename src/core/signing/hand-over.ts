import { eq, inArray } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import type { Keystore } from '../../signing/android/keystore.ts'
import type { ClaimSigning } from '../../protocol/messages.ts'
import type { CredentialRow } from '../credentials/find.ts'
import { openCredential } from '../credentials/open.ts'
import type { Ctx } from '../ctx.ts'
import type { ChosenSigning } from './choose.ts'

/** What of the stored a build is handed: files, variables, and what must not be shown. */
export type HandedOver = {
  signing: ClaimSigning
  variables: Record<string, string>
  masks: string[]
  /** What may turn out wrong, for its log. */
  warnings: string[]
}

/** Opens what was chosen for a build, and remembers that it was used by it. */
export async function handOver(
  ctx: Ctx,
  buildId: Id,
  { ios, keystores, appStoreKey, warnings }: ChosenSigning,
): Promise<HandedOver> {
  const handed: HandedOver = {
    signing: { ios: null, android: [] },
    variables: {},
    masks: [],
    warnings,
  }
  const used: Id[] = []
  const open = (row: CredentialRow) => {
    used.push(row.id)
    const opened = openCredential(ctx, row)
    handed.masks.push(...Object.values(opened.passwords))
    return opened
  }
  if (ios !== null) {
    const rows = await rowsOf(ctx, [...ios.certificates, ...ios.profiles])
    handed.signing.ios = {
      certificates: ios.certificates.map(({ held: { id, name, described }, variable }) => {
        const { file, passwords } = open(rows.get(id)!)
        return {
          name,
          p12_base64: file.toString('base64'),
          password: passwords['password'] ?? '',
          common_name: described.commonName,
          team_id: described.teamId,
          kind: described.kind,
          sha1: described.sha1,
          variable,
        }
      }),
      profiles: ios.profiles.map(({ held: { id, name, described }, variable }) => ({
        name,
        file_base64: open(rows.get(id)!).file.toString('base64'),
        uuid: described.uuid,
        profile_name: described.name,
        bundle_id: described.bundleId,
        kind: described.kind,
        team_id: described.teamId,
        is_mac: described.platforms.includes('OSX'),
        certificates_sha1: described.certificates.map(({ sha1 }) => sha1),
        variable,
      })),
    }
  }
  handed.signing.android = keystores.map(({ row, variables }) => {
    const { file, passwords } = open(row)
    const { alias, format } = row.described as Keystore & { alias: string }
    return {
      name: row.name,
      file_base64: file.toString('base64'),
      format,
      store_password: passwords['store_password'] ?? '',
      alias,
      key_password: passwords['key_password'] ?? '',
      variables,
    }
  })
  if (appStoreKey !== null) {
    const { file } = open(appStoreKey)
    const { keyId, issuerId } = appStoreKey.described as { keyId: string; issuerId: string }
    const privateKey = file.toString('utf8')
    handed.masks.push(privateKey)
    // As codemagic.yaml's `integrations` promises (codemagic-yaml.md 3.2).
    Object.assign(handed.variables, {
      APP_STORE_CONNECT_KEY_IDENTIFIER: keyId,
      APP_STORE_CONNECT_ISSUER_ID: issuerId,
      APP_STORE_CONNECT_PRIVATE_KEY: privateKey,
    })
  }
  await noteUse(ctx, buildId, used)
  return handed
}

async function rowsOf(
  ctx: Ctx,
  chosen: readonly { held: { id: Id } }[],
): Promise<Map<Id, CredentialRow>> {
  const { signingCredentials: c } = schema
  const ids = chosen.map(({ held }) => held.id)
  const rows = await ctx.db.read.select().from(c).where(inArray(c.id, ids)).all()
  return new Map(rows.map((row) => [row.id, row]))
}

async function noteUse(ctx: Ctx, buildId: Id, ids: readonly Id[]): Promise<void> {
  if (ids.length === 0) return
  const { signingCredentials: c } = schema
  await ctx.db.write(async (tx) => {
    for (const id of ids) {
      await tx
        .update(c)
        .set({ lastUsedAt: ctx.clock(), lastUsedBuildId: buildId })
        .where(eq(c.id, id))
    }
  })
}
