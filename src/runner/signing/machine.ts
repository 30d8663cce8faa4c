import { join } from 'node:path'
import { seconds, type Millis } from '../../lib/clock.ts'
import { machineEnvironment } from '../environment.ts'
import { askProgram, type Answer } from '../process.ts'

/** Longer than any of Apple's programs takes that does not wait for somebody to click. */
const programMsMax = seconds(60)

/** The machine that signs, and the account on it; tests have others. */
export type SigningMachine = {
  /** As Node calls it: only `darwin` can sign for Apple. */
  platform: string
  home: string
  /** What programs find around them. */
  environment: Readonly<Record<string, string>>
  /** Called before and after each note in a journal: where tests end the runner. */
  reached?: () => void
}

/** What the runner's signing works with: one for all builds of a runner. */
export type SigningPlace = {
  /** Where the journals of this runner lie. */
  journals: string
  machine: SigningMachine
  /** For the runner's own log. */
  warn: (sentence: string) => void
}

/** This machine, as the account that runs the runner. */
export function thisMachine(): SigningMachine {
  const environment = machineEnvironment()
  return { platform: process.platform, home: environment['HOME'] ?? '/', environment }
}

/** Can apps for Apple's systems be signed here? */
export const signsForApple = ({ platform }: SigningMachine): boolean => platform === 'darwin'

/** What all runners of one account share: there is one search list of keychains and one lock. */
export const accountDirectory = ({ home }: SigningMachine): string =>
  join(home, 'Library/Application Support/Oore')

/**
 * Runs a program of the machine's own; `input` is what it reads, as secrets do not belong among its
 * arguments, where every process of the machine can read them.
 */
export const ask = (
  { environment }: SigningMachine,
  [file = '', ...args]: readonly string[],
  more: { input?: string; signal?: AbortSignal; timeoutMs?: Millis } = {},
): Promise<Answer> => askProgram({ file, args, env: environment, timeoutMs: programMsMax, ...more })
