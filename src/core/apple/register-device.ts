import { type AppleDevice, registerAppleDevice } from '../../signing/connect/resources.ts'
import { OoreError } from '../../lib/errors.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { udidPattern, udidRule } from '../devices/device.ts'
import { connectBy } from './connect.ts'
import { told } from './show.ts'

/** Registers a device with a team at Apple. It takes one of the hundred places of its kind a year. */
export async function registerDevice(
  ctx: Ctx,
  idOrName: string,
  { name, udid }: { name: string; udid: string },
): Promise<AppleDevice> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const checked = { name: name.trim(), udid: udid.trim() }
  check('name', checked.name !== '' && checked.name.length <= 50, 'up to 50 characters')
  check('udid', udidPattern.test(checked.udid), udidRule)
  const { connect } = await connectBy(ctx, idOrName)
  return told(() => registerAppleDevice(connect, checked))
}

function check(field: string, fits: boolean, what: string): void {
  if (fits) return
  const message = `must be ${what}`
  throw new OoreError('invalid', `The ${field} ${message}.`, { fields: [{ field, message }] })
}
