import type { ServerOptions } from 'node:http'
import { seconds } from '../../lib/clock.ts'
import { KiB } from '../../lib/sizes.ts'

/**
 * What Node itself holds every connection to, before a route is known. Node's own defaults wait a
 * minute for headers and five for a body (reference/measured-traps.md, L23).
 */
export const serverLimits = {
  headersTimeout: seconds(15),
  requestTimeout: seconds(60),
  keepAliveTimeout: seconds(30),
  connectionsCheckingInterval: seconds(5),
  maxHeaderSize: 16 * KiB,
} satisfies ServerOptions

/** More connections than this are not accepted: 500 streams and room for everyone else. */
export const connectionsMax = 2000
