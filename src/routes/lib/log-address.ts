import type { BuildDetail } from '../../core/builds/build.ts'
import type { StreamFilter } from '../../core/logs/lines.ts'
import { type Step, stepKey } from '../../core/steps/step.ts'
import { OoreError } from '../../lib/errors.ts'

/*
 * What requests for logs may say in their address. A value that cannot be is `invalid` and names
 * its field: a program that misspells a stream should hear of it, not get everything.
 */

const streams: readonly string[] = ['all', 'stdout', 'stderr'] satisfies StreamFilter[]

export function streamOfQuery(text: string | undefined): StreamFilter {
  if (text === undefined) return 'all'
  if (streams.includes(text)) return text as StreamFilter
  throw invalid('stream', `${quoted(text)} is not one of ${streams.join(', ')}.`)
}

/** The step that a key names: `setup`, `finish`, `pre-` and an index, or that of a script item. */
export function stepOfQuery(text: string, { steps }: BuildDetail): Step {
  const step = steps.find((one) => stepKey(one) === text)
  if (step) return step
  const keys = steps.map(stepKey)
  throw invalid(
    'step',
    keys.length === 0
      ? 'This build has no steps.'
      : `This build has no step ${quoted(text)}. It has ${keys.join(', ')}.`,
  )
}

export function flagOfQuery(name: string, text: string | undefined, otherwise: boolean): boolean {
  if (text === undefined) return otherwise
  if (text === 'true' || text === 'false') return text === 'true'
  throw invalid(name, `${quoted(text)} is neither true nor false.`)
}

export function offsetOfQuery(text: string | undefined): number {
  if (text === undefined) return 0
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw invalid('offset', `${quoted(text)} is not a number of bytes, 0 or more.`)
}

const lengthMax = 40

const quoted = (text: string): string =>
  JSON.stringify(text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text)

const invalid = (field: string, message: string): OoreError =>
  new OoreError('invalid', `${field}: ${message}`, { fields: [{ field, message }] })
