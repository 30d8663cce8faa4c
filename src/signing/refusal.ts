import { OoreError } from '../lib/errors.ts'
import { isoTime, type Millis } from '../lib/clock.ts'

/** A file or a password that is not taken: the sentence, at the field it is about. */
export const refuse = (field: string, message: string, cause?: unknown): OoreError =>
  new OoreError('invalid', message, {
    fields: [{ field, message }],
    ...(cause === undefined ? {} : { cause }),
  })

/** `14 March 2027`, in UTC: a day is all that counts in an expiry. */
export const dayText = (at: Millis): string => {
  const [year, month, day] = isoTime(at).slice(0, 10).split('-')
  return `${Number(day)} ${months[Number(month) - 1]} ${year}`
}

const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
]
