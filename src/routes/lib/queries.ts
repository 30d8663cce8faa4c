import { z } from 'zod'
import { roles } from '../../core/access/actor.ts'
import { buildStatuses, triggerTypes } from '../../core/builds/build.ts'
import type { BuildFilters } from '../../core/builds/filters.ts'
import { deliveryStatuses } from '../../core/deliveries/delivery.ts'
import type { DeliveryFilters } from '../../core/deliveries/list.ts'
import type { RepositoryFilters } from '../../core/repositories/list.ts'
import { providers, repositoryStates } from '../../core/repositories/repository.ts'
import { testSorts, testStatuses, type TestFilters } from '../../core/tests/test.ts'
import { type UserFilters, userStates } from '../../core/users/user.ts'
import { days } from '../../lib/clock.ts'
import { pageLimitDefault, pageLimitMax, type PageRequest } from '../../lib/page.ts'

/* What lists take in their address: the same names for pages and for the API. */

const limitText = `must be a whole number from 1 to ${pageLimitMax}`
const limit = z.coerce
  .number(limitText)
  .int(limitText)
  .min(1, limitText)
  .max(pageLimitMax, limitText)
  .default(pageLimitDefault)

// Holds the sort values of a row: suite and name of a test may have 500 characters each.
const cursorLengthMax = 6000

export const pageQuery = z.object({ limit, cursor: z.string().max(cursorLengthMax).optional() })

export const pageOf = (query: z.infer<typeof pageQuery>): PageRequest => ({
  limit: query.limit,
  cursor: query.cursor ?? null,
})

// SQLite takes a NUL for the end of a pattern, which then fits everything.
const text = z
  .string()
  .max(500)
  .regex(/^[^\0]*$/, 'must not hold a NUL character')
  .optional()
// A day from a form, or a whole time from a program.
const time = z
  .union(
    [z.iso.date(), z.iso.datetime({ offset: true })],
    'must be a day like 2026-11-20 or a time like 2026-11-20T16:04:05Z',
  )
  .optional()

export const buildQuery = pageQuery.extend({
  repository: text,
  status: z.enum(buildStatuses).optional(),
  branch: text,
  trigger: z.enum(triggerTypes).optional(),
  workflow: text,
  q: text,
  since: time,
  until: time,
  sort: z.enum(['-queued_at', '-duration_ms']).default('-queued_at'),
})

export const buildFiltersOf = (query: z.infer<typeof buildQuery>): BuildFilters => ({
  repository: query.repository ?? null,
  status: query.status ?? null,
  branch: query.branch ?? null,
  trigger: query.trigger ?? null,
  workflow: query.workflow ?? null,
  q: query.q ?? null,
  since: query.since === undefined ? null : Date.parse(query.since),
  until: query.until === undefined ? null : endOf(query.until),
  sort: query.sort,
})

/** A day is meant whole; its filter then shows that very day again. */
const endOf = (until: string): number =>
  until.includes('T') ? Date.parse(until) : Date.parse(until) + days(1) - 1

const stepText = 'must be the number of a step, from 0'

export const testQuery = pageQuery.extend({
  status: z.enum(testStatuses).optional(),
  q: text,
  step: z.coerce.number(stepText).int(stepText).min(0, stepText).max(10_000, stepText).optional(),
  sort: z.enum(testSorts).default('status'),
})

export const testFiltersOf = (query: z.infer<typeof testQuery>): TestFilters => ({
  status: query.status ?? null,
  q: query.q ?? null,
  step: query.step ?? null,
  sort: query.sort,
})

export const repositoryQuery = pageQuery.extend({
  provider: z.enum(providers).optional(),
  q: text,
  state: z.enum(repositoryStates).optional(),
  sort: z.enum(['name', 'created_at']).default('name'),
})

export const repositoryFiltersOf = (query: z.infer<typeof repositoryQuery>): RepositoryFilters => ({
  provider: query.provider ?? null,
  q: query.q ?? null,
  state: query.state ?? null,
  sort: query.sort,
})

export const userQuery = pageQuery.extend({
  q: text,
  role: z.enum(roles).optional(),
  state: z.enum(userStates).optional(),
})

export const userFiltersOf = (query: z.infer<typeof userQuery>): UserFilters => ({
  q: query.q ?? null,
  role: query.role ?? null,
  state: query.state ?? null,
})

export const deliveryQuery = pageQuery.extend({
  repository: text,
  provider: z.enum(providers).optional(),
  event: text,
  status: z.enum(deliveryStatuses).optional(),
})

export const deliveryFiltersOf = (query: z.infer<typeof deliveryQuery>): DeliveryFilters => ({
  repository: query.repository ?? null,
  provider: query.provider ?? null,
  event: query.event ?? null,
  status: query.status ?? null,
})
