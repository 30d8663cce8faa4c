import { registerRunner } from '../../src/core/runners/register.ts'
import { Secret } from '../../src/lib/secret.ts'
import type { TestServices } from './ctx.ts'

/** A runner that the server knows, and what it calls verbs as. */
export async function makeRunner(services: TestServices) {
  const pool = new Secret('pool-token')
  const { id } = await registerRunner(
    services.as({ is: 'stranger' }),
    { token: 'pool-token', pool },
    { name: 'test', slots: 2, pid: 1 },
  )
  return { id, ctx: services.as({ is: 'runner', runnerId: id }) }
}
