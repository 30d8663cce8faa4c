import { days, type Millis } from '../../lib/clock.ts'
import { isId, type Id } from '../../lib/ids.ts'
import type { Artifact } from '../artifacts/artifact.ts'
import type { Ctx } from '../ctx.ts'
import { isInstallable } from './install.ts'

/** How long an install link is good. */
export const linkLifeMs = days(7)
/** A link that nobody asked for, such as a comment's, is good for at least so long. */
const linkLeftMinMs = days(1)

const purpose = 'install-link'

/** What a link says. The artifact's id is no secret; that it may be had without an account is. */
export type LinkClaim = { artifactId: Id; endsAt: Millis }

/**
 * The install link of an artifact for a text that is written again and again, such as a comment:
 * the same until its end comes near. Ends lie a week apart, counted from when the artifact came; a
 * link is good for at least a day. Null for what no phone can install as it is.
 */
export function installLinkOf(
  ctx: Pick<Ctx, 'config' | 'keyring' | 'clock'>,
  artifact: Artifact,
): URL | null {
  if (!isInstallable(artifact.kind)) return null
  const age = Math.max(0, ctx.clock() - artifact.createdAt)
  const weeks = Math.floor((age + linkLeftMinMs) / linkLifeMs) + 1
  const endsAt = artifact.createdAt + weeks * linkLifeMs
  return addressOf(ctx, { artifactId: artifact.id, endsAt: wholeSecond(endsAt) })
}

/** The address of an install page: whoever has it may have the one artifact, until the end. */
export const addressOf = (ctx: Pick<Ctx, 'config' | 'keyring'>, claim: LinkClaim): URL =>
  new URL(`/install/${tokenOf(ctx, claim)}`, ctx.config.baseUrl)

/** The QR code of an install page as a PNG: for comments, where no SVG of strangers is shown. */
export const qrImageOf = (link: URL): URL => new URL(`${link.pathname}/qr.png`, link)

/** Times in links are whole seconds; the end is never before what was promised. */
export const wholeSecond = (at: Millis): Millis => Math.ceil(at / 1000) * 1000

/** `<artifact>.<end in seconds>.<signature of both>`. */
function tokenOf({ keyring }: Pick<Ctx, 'keyring'>, { artifactId, endsAt }: LinkClaim): string {
  const claim = `${artifactId}.${endsAt / 1000}`
  return `${claim}.${keyring.sign(claim, purpose)}`
}

/** What a token says, where this server signed it; null where it did not. */
export function readToken({ keyring }: Pick<Ctx, 'keyring'>, token: string): LinkClaim | null {
  const [, claim = '', artifactId = '', seconds = '', signature = ''] =
    /^(([0-9A-Z]{26})\.([1-9]\d{0,11}))\.([\w-]{43})$/.exec(token) ?? []
  if (!isId(artifactId) || !keyring.hasSigned(signature, claim, purpose)) return null
  return { artifactId, endsAt: Number(seconds) * 1000 }
}
