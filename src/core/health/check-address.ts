import { lookup } from 'node:dns/promises'
import { and, desc, eq, isNotNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { isoTime, type Millis, seconds } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { newToken } from '../../lib/ids.ts'
import { isReachable, operatorReach, publicReach, safeFetch } from '../../lib/safe-fetch.ts'
import { isLoopbackHost } from '../../lib/settings.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { AddressCheck, Finding } from './address-check.ts'

const selfCallMs = seconds(10)
const lookupMs = seconds(5)
/** Deliveries looked through for one that came from outside. */
const deliveriesMax = 200

/**
 * Finds out, as far as that can be known from here, whether forges can call this server at its
 * address: what its name means, whether a call to it arrives at this very server, and whether
 * anything that proved itself has come from outside. Kept until the server stops.
 */
export async function checkAddress(ctx: Ctx): Promise<AddressCheck> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const { baseUrl } = ctx.config
  const addresses = await addressesOf(baseUrl)
  const findings = [
    schemeFinding(baseUrl),
    nameFinding(baseUrl, addresses),
    await itselfFinding(ctx),
    await outsideFinding(ctx),
  ]
  ctx.life.addressCheck = { at: ctx.clock(), address: baseUrl.origin, findings }
  return ctx.life.addressCheck
}

/** What the last check since the start of the server found; null where there was none. */
export function showAddressCheck(ctx: Ctx): AddressCheck | null {
  if (!may(ctx.actor, 'connection.read')) throw refused(ctx.actor, 'connection.read')
  return ctx.life.addressCheck
}

/** Was this the call that a check has just made? Such a call is good once. */
export const isSelfCall = (ctx: Ctx, token: string): boolean => ctx.life.selfCalls.delete(token)

function schemeFinding({ protocol, host, hostname }: URL): Finding {
  if (protocol === 'https:') {
    return { about: 'scheme', verdict: 'good', text: 'It is https: nobody reads along.' }
  }
  const text = `It is http, so what comes to ${host} can be read and changed on its way.`
  const remedy = ' Put a reverse proxy with a certificate in front, and set OORE_BASE_URL to it.'
  return isLoopbackHost(hostname)
    ? { about: 'scheme', verdict: 'doubtful', text: 'It is http, which stays within this machine.' }
    : { about: 'scheme', verdict: 'bad', text: text + remedy }
}

/** Null where the name means nothing. */
async function addressesOf({ hostname }: URL): Promise<string[] | null> {
  const late = AbortSignal.timeout(lookupMs)
  const tooLate = new Promise<null>((done) => late.addEventListener('abort', () => done(null)))
  const host = hostname.replace(/^\[|\]$/g, '')
  const found = lookup(host, { all: true }).then(
    (all) => all.map(({ address }) => address),
    () => null,
  )
  return Promise.race([found, tooLate])
}

function nameFinding({ hostname }: URL, addresses: string[] | null): Finding {
  if (addresses === null || addresses.length === 0) {
    const text = `${hostname} is a name that nobody knows here. Enter it in the DNS, or set OORE_BASE_URL to one that is.`
    return { about: 'name', verdict: 'bad', text }
  }
  const shown = addresses.join(', ')
  if (addresses.every((address) => isReachable(address, publicReach))) {
    return { about: 'name', verdict: 'good', text: `${hostname} is ${shown}: a public address.` }
  }
  const isHere = addresses.every((address) => /^(127\.|::1$)/.test(address))
  const text = isHere
    ? `${hostname} is this machine alone: no forge elsewhere can call it. Set OORE_BASE_URL to an address that leads here from outside, by a reverse proxy or a tunnel.`
    : `${hostname} is ${shown}, in a private network: a forge in that network can call it, github.com and gitlab.com cannot.`
  return { about: 'name', verdict: isHere ? 'bad' : 'doubtful', text }
}

/** Calls the address and looks whether the call arrives in this process. */
async function itselfFinding(ctx: Ctx): Promise<Finding> {
  const token = newToken()
  const { selfCalls } = ctx.life
  selfCalls.add(token)
  const url = new URL(`/setup/self-test/${token}`, ctx.config.baseUrl)
  try {
    const { status } = await safeFetch(url, { reach: operatorReach, timeoutMs: selfCallMs })
    if (!selfCalls.has(token)) {
      return { about: 'itself', verdict: 'good', text: 'A call to it arrives at this server.' }
    }
    const text = `A call to it is answered with status ${status} by something else. Let the proxy hand every path on to Oore as it comes, with its Host header.`
    return { about: 'itself', verdict: 'bad', text }
  } catch (error) {
    const text = `A call to it from this machine fails: ${messageOf(error)} Where the network does not lead back in, forges may reach it all the same.`
    return { about: 'itself', verdict: 'doubtful', text }
  } finally {
    selfCalls.delete(token)
  }
}

/** Only a call from outside proves that there is a way in. */
async function outsideFinding(ctx: Ctx): Promise<Finding> {
  const at = await lastFromOutside(ctx)
  if (at !== null) {
    const text = `A delivery that proved itself came from outside at ${isoTime(at)}.`
    return { about: 'outside', verdict: 'good', text }
  }
  const text =
    'Nothing that proved itself has come from outside yet. Let the forge send a test: on GitHub “Redeliver” a ping, on GitLab “Test” the webhook.'
  return { about: 'outside', verdict: 'doubtful', text }
}

async function lastFromOutside(ctx: Ctx): Promise<Millis | null> {
  const { deliveries: d } = schema
  const rows = await ctx.db.read
    .select({ sourceIp: d.sourceIp, receivedAt: d.receivedAt })
    .from(d)
    .where(and(eq(d.organizationId, ctx.organizationId), isNotNull(d.happened)))
    .orderBy(desc(d.id))
    .limit(deliveriesMax)
    .all()
  const outside = rows.find(({ sourceIp }) => sourceIp !== '' && isReachable(sourceIp, publicReach))
  return outside?.receivedAt ?? null
}
