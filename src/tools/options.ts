import { InvalidArgumentError } from 'commander'

/** Reads a whole number from an option. Commander says which option was wrong. */
export function whole(least: number, most: number): (written: string) => number {
  return (written) => {
    const number = Number(written)
    if (/^\d{1,9}$/.test(written) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`Write a number from ${least} to ${most}.`)
  }
}
