import { days } from '../../lib/clock.ts'

/** Who does not follow an invitation within this needs another (security.md AZ-09). */
export const invitationLifeMs = days(14)
