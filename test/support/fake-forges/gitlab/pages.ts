import type { Call, Reply } from '../forge.ts'
import { refuse } from './bearer.ts'

const perPageDefault = 20
const perPageMax = 100
const offsetMax = 50_000

/** One page of a list with GitLab's headers of pages: docs.gitlab.com, "REST API", "Pagination". */
export function paged<T extends { id: number }>(
  call: Call,
  all: readonly T[],
  apiUrl: string,
): { page: T[]; headers: Record<string, string> } {
  const asked = Number(call.query.get('per_page') ?? perPageDefault)
  const perPage = Math.min(Math.max(1, asked || perPageDefault), perPageMax)
  if (call.query.get('pagination') === 'keyset') return byKey(call, all, perPage, apiUrl)
  const number = Math.max(1, Number(call.query.get('page') ?? 1) || 1)
  if ((number - 1) * perPage > offsetMax) {
    throw refuse(405, {
      error: `Offset pagination has a maximum allowed offset of ${offsetMax} for requests that return objects of type Project. Remaining records can be retrieved using keyset pagination.`,
    })
  }
  const last = Math.max(1, Math.ceil(all.length / perPage))
  const to = (page: number) => withQuery(call, apiUrl, { page: String(page) })
  const links = [
    number > 1 && `<${to(number - 1)}>; rel="prev"`,
    number < last && `<${to(number + 1)}>; rel="next"`,
    `<${to(1)}>; rel="first"`,
    `<${to(last)}>; rel="last"`,
  ].filter((link) => link !== false)
  return {
    page: all.slice((number - 1) * perPage, number * perPage),
    headers: {
      link: links.join(', '),
      'x-page': String(number),
      'x-next-page': number < last ? String(number + 1) : '',
      'x-prev-page': number > 1 ? String(number - 1) : '',
      'x-per-page': String(perPage),
      'x-total': String(all.length),
      'x-total-pages': String(last),
    },
  }
}

/** By key there is only a next page, and no total. */
function byKey<T extends { id: number }>(
  call: Call,
  all: readonly T[],
  perPage: number,
  apiUrl: string,
): { page: T[]; headers: Record<string, string> } {
  const isRising = call.query.get('sort') === 'asc'
  const sorted = [...all].sort((one, other) => (isRising ? one.id - other.id : other.id - one.id))
  const name = isRising ? 'id_after' : 'id_before'
  const from = Number(call.query.get(name) ?? (isRising ? -1 : Infinity))
  const left = sorted.filter(({ id }) => (isRising ? id > from : id < from))
  const page = left.slice(0, perPage)
  const last = page.at(-1)
  if (last === undefined || left.length <= perPage) return { page, headers: {} }
  const next = withQuery(call, apiUrl, { [name]: String(last.id) })
  return { page, headers: { link: `<${next}>; rel="next"` } }
}

function withQuery(call: Call, apiUrl: string, changes: Record<string, string>): string {
  const [path = '', query] = call.path.split('?')
  const params = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) params.set(name, value)
  return `${apiUrl.replace(/\/api\/v4$/, '')}${path}?${params}`
}

export const ok = (json: unknown, headers: Record<string, string> = {}): Reply => ({
  status: 200,
  json,
  headers,
})

export const created = (json: unknown): Reply => ({ status: 201, json })
