import { type Clock, type Millis, minutes } from '../../../lib/clock.ts'
import type { Secret } from '../../../lib/secret.ts'

/** A token that is handed out has to last for what it is wanted for. */
const leftMs = minutes(5)
const keptMax = 5000

type Minted = { token: Secret; expiresAt: Millis }

/**
 * Tokens of installations, kept in memory until five minutes before they expire. All who ask for the
 * same one at once wait for the same call; one that failed is forgotten.
 */
export class TokenCache {
  readonly #clock: Clock
  readonly #kept = new Map<string, Promise<Minted>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `scope` tells tokens apart that may different things; `of` is the installation. */
  async get(of: string, scope: string, mint: () => Promise<Minted>): Promise<Secret> {
    const key = `${of} ${scope}`
    const known = this.#kept.get(key)
    if (known !== undefined) {
      const { token, expiresAt } = await known
      if (expiresAt - this.#clock() > leftMs) return token
      // Whoever waited beside us may have asked for the next one already.
      if (this.#kept.get(key) !== known) return this.get(of, scope, mint)
    }
    const minted = mint()
    if (this.#kept.size >= keptMax) this.#kept.clear()
    this.#kept.set(key, minted)
    try {
      return (await minted).token
    } catch (error) {
      if (this.#kept.get(key) === minted) this.#kept.delete(key)
      throw error
    }
  }

  /** Forgets all tokens of an installation: one was refused, or what it may has changed. */
  drop(of: string): void {
    for (const key of this.#kept.keys()) if (key.startsWith(`${of} `)) this.#kept.delete(key)
  }
}
