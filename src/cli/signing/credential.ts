import type { CredentialKind } from '../../signing/credential.ts'
import { call, type Connection } from '../client.ts'
import { CallFailed, exitCodes } from '../exit.ts'

type Common = { id: string; name: string; last_used_at: string | null; created_by: string }

/** What the API says of a credential, by kind; only what is printed is named. */
export type CredentialJson = {
  certificate: Common & {
    kind: string
    common_name: string
    subject: string
    issuer: string
    team_id: string | null
    serial: string
    sha1: string
    sha256: string
    not_before: string
    not_after: string
  }
  profile: Common & {
    kind: string
    uuid: string
    profile_name: string
    team_id: string
    team_name: string | null
    bundle_id: string
    platforms: string[]
    devices: string[]
    entitlements: Record<string, unknown>
    certificates: { sha1: string; common_name: string }[]
    expires_at: string
  }
  keystore: Common & {
    format: string
    alias: string
    aliases: {
      alias: string
      subject: string
      key_algorithm: string
      sha1: string
      sha256: string
      not_after: string
    }[]
  }
  app_store_key: Common & { key_id: string; issuer_id: string }
}

export type Found = { [K in CredentialKind]: { kind: K; json: CredentialJson[K] } }[CredentialKind]

/** What `--kind` takes, with the noun of each in the API's addresses. */
export const nouns: Record<CredentialKind, string> = {
  certificate: 'certificates',
  profile: 'profiles',
  keystore: 'keystores',
  app_store_key: 'app-store-keys',
}

export const kindWords: Record<CredentialKind, string> = {
  certificate: 'certificate',
  profile: 'profile',
  keystore: 'keystore',
  app_store_key: 'key',
}

/** The kinds that `--kind` names: one, or all where it was not said. Throws CallFailed. */
export function kindsOf(said: string | undefined): CredentialKind[] {
  const all = Object.keys(nouns) as CredentialKind[]
  if (said === undefined) return all
  const kind = all.find((each) => kindWords[each] === said)
  if (kind !== undefined) return [kind]
  const known = all.map((each) => kindWords[each]).join(', ')
  throw new CallFailed(`--kind is "${said}"; write one of ${known}.`, exitCodes.usage)
}

/** The address of one in the API, by its id or its name. */
export const addressOf = (kind: CredentialKind, idOrName: string): string =>
  `/signing/${nouns[kind]}/${encodeURIComponent(idOrName)}`

/**
 * The one that has this name or id. Throws CallFailed where none has, and where several kinds do and
 * `--kind` was not said.
 */
export async function findOne(
  connection: Connection,
  idOrName: string,
  kind: string | undefined,
): Promise<Found> {
  const found: Found[] = []
  for (const each of kindsOf(kind)) {
    const json = await orNone(call(connection, 'GET', addressOf(each, idOrName)))
    if (json !== null) found.push({ kind: each, json } as Found)
  }
  const [one] = found
  if (one === undefined) {
    const what = kind ?? 'certificate, profile, keystore or key'
    throw new CallFailed(`There is no ${what} "${idOrName}".`, exitCodes.notFound)
  }
  if (found.length === 1) return one
  const kinds = found.map((each) => kindWords[each.kind])
  throw new CallFailed(
    `A ${kinds.join(' and a ')} are called "${idOrName}". Say which with --kind ${kinds[0]}.`,
    exitCodes.usage,
  )
}

async function orNone<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof CallFailed && error.exitCode === exitCodes.notFound) return null
    throw error
  }
}

/** What a line of a list says beside the name. */
export function summaryOf({ kind, json }: Found): { what: string; ends: string } {
  switch (kind) {
    case 'certificate':
      return { what: json.common_name, ends: json.not_after }
    case 'profile':
      return { what: `${json.bundle_id}, ${json.kind}`, ends: json.expires_at }
    case 'keystore': {
      const own = json.aliases.find(({ alias }) => alias === json.alias)
      return { what: `${json.format}, alias ${json.alias}`, ends: own?.not_after ?? '' }
    }
    case 'app_store_key':
      return { what: json.key_id, ends: 'never' }
  }
}

/** All that people want to see of one, by the names of its lines. */
export function fieldsOf({ kind, json }: Found): Record<string, string | null> {
  const common = { Id: json.id, 'Stored by': json.created_by, 'Last used': json.last_used_at }
  switch (kind) {
    case 'certificate':
      return {
        Certificate: json.name,
        'Common name': json.common_name,
        Type: json.kind,
        Team: json.team_id,
        Subject: json.subject,
        Issuer: json.issuer,
        Serial: json.serial,
        'SHA-1': json.sha1,
        'SHA-256': json.sha256,
        Valid: `${json.not_before} to ${json.not_after}`,
        ...common,
      }
    case 'profile':
      return {
        Profile: json.name,
        'Its own name': json.profile_name,
        Type: json.kind,
        'Bundle identifier': json.bundle_id,
        Team: [json.team_id, json.team_name ?? ''].join(' ').trim(),
        UUID: json.uuid,
        Platforms: json.platforms.join(', ') || null,
        Certificates: json.certificates
          .map(({ common_name: name, sha1 }) => `${name} (SHA-1 ${sha1})`)
          .join(', '),
        Devices: json.devices.join(', ') || null,
        ...Object.fromEntries(
          Object.entries(json.entitlements).map(([key, value]) => [key, JSON.stringify(value)]),
        ),
        Expires: json.expires_at,
        ...common,
      }
    case 'keystore':
      return {
        Keystore: json.name,
        Format: json.format,
        'Signs with': json.alias,
        ...Object.fromEntries(
          json.aliases.flatMap((each) => [
            [`${each.alias}: subject`, each.subject],
            [`${each.alias}: key`, each.key_algorithm],
            [`${each.alias}: SHA-1`, each.sha1],
            [`${each.alias}: SHA-256`, each.sha256],
            [`${each.alias}: expires`, each.not_after],
          ]),
        ),
        ...common,
      }
    case 'app_store_key':
      return { Key: json.name, 'Key ID': json.key_id, 'Issuer ID': json.issuer_id, ...common }
  }
}
