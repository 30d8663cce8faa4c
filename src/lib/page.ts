/** A page of a list that is read by keyset: stable while rows are added. */
export type Page<T> = { data: T[]; nextCursor: string | null }

export type PageRequest = { limit: number; cursor: string | null }

export const pageLimitDefault = 50
export const pageLimitMax = 200
