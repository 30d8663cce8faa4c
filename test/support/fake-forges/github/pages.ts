import type { Call, Reply } from '../forge.ts'

const perPageDefault = 30
const perPageMax = 100

/** One page of a list, with the Link header that leads to the others. */
export function paged<T>(
  call: Call,
  all: readonly T[],
  origin: string,
): { page: T[]; headers: Record<string, string> } {
  const perPage = perPageOf(call)
  const page = Math.max(1, Number(call.query.get('page') ?? 1) || 1)
  const last = Math.max(1, Math.ceil(all.length / perPage))
  const links = [
    page > 1 && (['prev', page - 1] as const),
    page < last && (['next', page + 1] as const),
    page < last && (['last', last] as const),
    page > 1 && (['first', 1] as const),
  ].filter((link) => link !== false)
  const header = links
    .map(([rel, to]) => `<${withQuery(call, origin, { page: String(to) })}>; rel="${rel}"`)
    .join(', ')
  return {
    page: all.slice((page - 1) * perPage, page * perPage),
    headers: header === '' ? {} : { link: header },
  }
}

/** A page of a list whose Link header leads on by a cursor. */
export function pagedByCursor<T extends { id: number }>(
  call: Call,
  all: readonly T[],
  origin: string,
): { page: T[]; headers: Record<string, string> } {
  const cursor = call.query.get('cursor')
  const from = cursor === null ? 0 : all.findIndex((one) => cursorOf(one) === cursor)
  const perPage = perPageOf(call)
  const page = from < 0 ? [] : all.slice(from, from + perPage)
  const next = from < 0 ? undefined : all[from + perPage]
  const link = next && `<${withQuery(call, origin, { cursor: cursorOf(next) })}>; rel="next"`
  return { page, headers: link === undefined ? {} : { link } }
}

const cursorOf = ({ id }: { id: number }): string => Buffer.from(`v1_${id}`).toString('base64url')

const perPageOf = (call: Call): number => {
  const asked = Number(call.query.get('per_page') ?? perPageDefault)
  return asked >= 1 ? Math.min(asked, perPageMax) : perPageDefault
}

function withQuery(call: Call, origin: string, changes: Record<string, string>): string {
  const url = new URL(call.path, origin)
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value)
  return url.href
}

export const ok = (json: unknown, headers: Record<string, string> = {}): Reply => ({
  status: 200,
  json,
  headers,
})

export const created = (json: unknown): Reply => ({ status: 201, json })

export const goTo = (location: string): Reply => ({ status: 302, headers: { location }, text: '' })
