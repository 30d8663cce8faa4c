import { newId } from '../../lib/ids.ts'

/** The caller's own request id where it is harmless in a header and a log, else a new one. */
export const requestIdOf = (sent: string | undefined): string =>
  sent !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(sent) ? sent : newId()
