import { and, desc, eq, inArray } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { expand } from '../../lib/variables.ts'
import type { AndroidSigning, SigningFile } from '../../pipeline/language/signing.ts'
import type { Plan } from '../../pipeline/plan.ts'
import {
  fit,
  type HeldCertificate,
  type HeldProfile,
  type KnownDevice,
  withoutDevices,
} from '../../signing/apple/fit.ts'
import type { ProfileKind } from '../../signing/apple/profile.ts'
import type { KnownEnvironment } from '../builds/environment.ts'
import type { CredentialKind } from '../credentials/credential.ts'
import { heldCredentials, type CredentialRow } from '../credentials/find.ts'
import type { Ctx } from '../ctx.ts'

/** The integration that is known, as configurations write it. */
export const appStoreConnect = 'app_store_connect'

/** What a build signs with, by name, and what stands in its way. */
export type ChosenSigning = {
  /** Null where nothing of Apple's is signed. */
  ios: {
    certificates: { held: HeldCertificate; variable: string | null }[]
    profiles: { held: HeldProfile; variable: string | null }[]
  } | null
  keystores: { row: CredentialRow; variables: AndroidSigning['variables'] }[]
  /** The key of App Store Connect; null where none was asked for. */
  appStoreKey: CredentialRow | null
  /** Each a sentence that says what to do; nothing is built while there is one. */
  problems: string[]
  warnings: string[]
}

/** The newest of those known here; Apple lets a team have a hundred of a kind. */
const devicesMax = 1000

type Asked = Pick<Plan, 'signing' | 'integrations'>

/** Does it ask for anything to sign with? */
export const asksForSigning = ({ signing, integrations }: Asked): boolean =>
  signing.ios !== null || signing.android.length > 0 || Object.keys(integrations).length > 0

/**
 * Finds what a plan asks for. References in a bundle identifier and in names are put in from
 * `environment`; a variable that is only known on the runner is a problem. Where a reference is to a
 * secret, no sentence says its value: people read them who may not read secrets.
 */
export async function chooseSigning(
  ctx: Ctx,
  { signing, integrations }: Asked,
  environment: KnownEnvironment,
): Promise<ChosenSigning> {
  const chosen: ChosenSigning = {
    ios: null,
    keystores: [],
    appStoreKey: null,
    problems: [],
    warnings: [],
  }
  const hidden = new Map<string, string>()
  const read = (text: string, what: string): string => {
    const { text: expanded, missing } = expand(text, environment.values)
    const shown = expand(text, environment.shown).text
    if (shown !== expanded && expanded !== '') hidden.set(expanded, shown)
    for (const name of missing) {
      chosen.problems.push(
        `${what} refers to $${name}, which is not set before the build starts. Set it under environment.vars, or in a variable group.`,
      )
    }
    return expanded
  }
  if (signing.ios !== null) await chooseIos(ctx, signing.ios, read, chosen)
  await chooseKeystores(ctx, signing.android, read, chosen)
  await chooseKeys(ctx, integrations, read, chosen)
  return {
    ...chosen,
    problems: chosen.problems.map((sentence) => without(hidden, sentence)),
    warnings: chosen.warnings.map((sentence) => without(hidden, sentence)),
  }
}

/** A sentence with each of these texts as it may be shown, the longest first. */
function without(hidden: ReadonlyMap<string, string>, sentence: string): string {
  const texts = [...hidden].toSorted(([one], [other]) => other.length - one.length)
  return texts.reduce((told, [text, shown]) => told.replaceAll(text, () => shown), sentence)
}

type Read = (text: string, what: string) => string

async function chooseIos(
  ctx: Ctx,
  ios: NonNullable<Plan['signing']['ios']>,
  read: Read,
  chosen: ChosenSigning,
): Promise<void> {
  const held = await heldCredentials(ctx)
  const before = chosen.problems.length
  const wish =
    ios.by === 'bundle'
      ? {
          by: 'bundle' as const,
          kind: read(ios.distributionType, 'ios_signing.distribution_type') as ProfileKind,
          bundleId: read(ios.bundleIdentifier, 'ios_signing.bundle_identifier'),
        }
      : {
          by: 'reference' as const,
          profiles: namesOf(ios.profiles, 'ios_signing.provisioning_profiles', read),
          certificates: namesOf(ios.certificates, 'ios_signing.certificates', read),
        }
  // Without its variables nothing more can be said of it.
  if (chosen.problems.length > before) return
  const found = fit(wish, held, ctx.clock())
  chosen.problems.push(...found.problems)
  chosen.warnings.push(...found.warnings, ...withoutDevices(found.profiles, await devicesOf(ctx)))
  const variableOf = (files: readonly SigningFile[], what: string, name: string) =>
    files.find(({ reference }) => read(reference, what) === name)?.variable ?? null
  const [profiles, certificates] = ios.by === 'bundle' ? [[], []] : [ios.profiles, ios.certificates]
  chosen.ios = {
    profiles: found.profiles.map((one) => ({
      held: one,
      variable: variableOf(profiles, '', one.name),
    })),
    certificates: found.certificates.map((one) => ({
      held: one,
      variable: variableOf(certificates, '', one.name),
    })),
  }
}

function devicesOf(ctx: Ctx): Promise<KnownDevice[]> {
  const { signingDevices: d } = schema
  return ctx.db.read
    .select({ name: d.name, udid: d.udid, product: d.product })
    .from(d)
    .where(eq(d.organizationId, ctx.organizationId))
    .orderBy(desc(d.id))
    .limit(devicesMax)
    .all()
}

const namesOf = (files: readonly SigningFile[], what: string, read: Read): string[] =>
  files.map(({ reference }) => read(reference, what))

async function chooseKeystores(
  ctx: Ctx,
  android: readonly AndroidSigning[],
  read: Read,
  chosen: ChosenSigning,
): Promise<void> {
  if (android.length === 0) return
  const wanted = android.map((each) => ({ ...each, name: read(each.reference, 'android_signing') }))
  const rows = await rowsNamed(ctx, 'keystore', wanted)
  for (const { name, variables } of wanted) {
    const row = rows.find((each) => each.name === name)
    if (row === undefined) {
      chosen.problems.push(
        `There is no keystore "${name}", which android_signing names. Store it under this name in Settings → Signing, or with: oore signing import-keystore`,
      )
    } else if (row.expiresAt !== null && row.expiresAt <= ctx.clock()) {
      chosen.problems.push(`The key in the keystore "${name}" has expired. Store another.`)
    } else {
      chosen.keystores.push({ row, variables })
    }
  }
}

async function chooseKeys(
  ctx: Ctx,
  integrations: Plan['integrations'],
  read: Read,
  chosen: ChosenSigning,
): Promise<void> {
  for (const [integration, reference] of Object.entries(integrations)) {
    if (integration !== appStoreConnect) {
      chosen.warnings.push(
        `The integration "${integration}" is not known here, and is passed over.`,
      )
      continue
    }
    const name = read(reference, 'integrations.app_store_connect')
    const [row] = await rowsNamed(ctx, 'app_store_key', [{ name }])
    if (row === undefined) {
      chosen.problems.push(
        `There is no App Store Connect key "${name}", which integrations.app_store_connect names. Store it under this name in Settings → Signing, or with: oore signing import-key`,
      )
    }
    chosen.appStoreKey = row ?? null
  }
}

function rowsNamed(
  ctx: Ctx,
  kind: CredentialKind,
  wanted: readonly { name: string }[],
): Promise<CredentialRow[]> {
  const { signingCredentials: c } = schema
  const names = wanted.map(({ name }) => name)
  return ctx.db.read
    .select()
    .from(c)
    .where(and(eq(c.organizationId, ctx.organizationId), eq(c.kind, kind), inArray(c.name, names)))
    .all()
}

/** Why a build cannot be signed, in sentences; null where it can, or signs nothing. */
export async function signingProblem(
  ctx: Ctx,
  plan: Asked,
  environment: KnownEnvironment,
): Promise<string | null> {
  if (!asksForSigning(plan)) return null
  const { problems } = await chooseSigning(ctx, plan, environment)
  return problems.length === 0 ? null : problems.join('\n')
}
