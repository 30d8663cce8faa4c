import type { z } from 'zod'
import type { Secret } from '../../../lib/secret.ts'
import { askGithub, type GithubHost, GithubRefused } from './call.ts'

/** A hundred of each: nobody has more, and a server that leads in circles has no end. */
const pagesMax = 200
/** Pages that are remembered with their tag; what is forgotten is only asked for in full. */
const rememberedMax = 400

type Remembered = { etag: string; items: unknown[]; next: string | null }

/** What pages said, with their tags: one that has not changed costs nothing of the rate limit. */
export class PageMemory {
  readonly #pages = new Map<string, Remembered>()

  get(key: string): Remembered | undefined {
    return this.#pages.get(key)
  }

  set(key: string, page: Remembered): void {
    if (this.#pages.size >= rememberedMax) this.#pages.clear()
    this.#pages.set(key, page)
  }
}

type Listing<T> = {
  path: string
  token: Secret
  schema: z.ZodType<T[]>
  /** Whose pages they are: tags of one caller say nothing to another. */
  memory: { of: string; pages: PageMemory } | null
  /** Stops after so many pages; all of them where it is left out. */
  pages?: number
  signal?: AbortSignal | undefined
}

/**
 * All entries of a list, page by page as `Link: <…>; rel="next"` leads (RFC 8288). Throws as
 * `askGithub`, and OoreError-free GithubRefused where an answer is no such list.
 */
export async function listAll<T>(host: GithubHost, listing: Listing<T>): Promise<T[]> {
  const all: T[] = []
  let next: string | null = listing.path
  for (let page = 0; next !== null && page < (listing.pages ?? pagesMax); page += 1) {
    const read: { items: T[]; next: string | null } = await readPage(host, listing, next)
    all.push(...read.items)
    next = read.next
  }
  return all
}

async function readPage<T>(host: GithubHost, listing: Listing<T>, path: string) {
  const { token, schema, memory, signal } = listing
  const key = memory && `${memory.of} ${path}`
  const known = memory?.pages.get(key ?? '')
  const headers: Record<string, string> = known ? { 'if-none-match': known.etag } : {}
  const answer = await askGithub(host, { path, token, headers, signal })
  if (answer.status === 304 && known) return { items: known.items as T[], next: known.next }
  const read = schema.safeParse(answer.json)
  if (!read.success) throw new GithubRefused(answer.status, `what ${path} answers cannot be read`)
  const next = nextIn(answer.headers.get('link') ?? '')
  const etag = answer.headers.get('etag')
  if (memory && key && etag !== null) memory.pages.set(key, { etag, items: read.data, next })
  return { items: read.data, next }
}

const nextIn = (link: string): string | null =>
  /<([^>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1] ?? null
