/** What Apple says no with: a status, its own code, a sentence, and what of the request it is about. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly pointer: string | null = null,
  ) {
    super(detail)
  }
}
