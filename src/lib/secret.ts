import { inspect } from 'node:util'

/**
 * A value that must not be shown. Printing, serialising or inspecting it gives `[secret]`; only
 * reveal() gives the value, and test/architecture.test.ts lists who may call that.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
