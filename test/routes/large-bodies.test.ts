import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { MiB } from '../../src/lib/sizes.ts'
import { startOore } from '../support/oore.ts'

describe('large bodies', () => {
  test('of strangers together hold a bounded part of the memory, and usual ones go on', async () => {
    await using oore = await startOore()
    const open = Array.from({ length: 7 }, () => slowly(oore.url, 10 * MiB - 1))
    expect(await firstRefused(open)).toBe(503)
    const usual = await oore.api('POST', '/repositories', { provider: 'git', clone_url: 'x' })
    expect(usual.status).toBe(422)
    for (const { end } of open) end()
    await oore.until(async () => {
      const again = slowly(oore.url, 10 * MiB - 1)
      again.end()
      expect(await again.status).not.toBe(503)
    })
  })
})

type Open = { status: Promise<number>; end(): void }

const firstRefused = (open: Open[]): Promise<number> =>
  Promise.any(
    open.map(async ({ status }) => {
      const found = await status
      if (found !== 503) throw new Error(`answered ${found}`)
      return found
    }),
  )

/** Announces a body and sends all but its last byte; the status is 0 where it is never answered. */
function slowly(url: string, bytes: number): Open {
  const asked = request(`${url}/api/webhooks/git/${newId()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': bytes },
  })
  const status = new Promise<number>((resolve) => {
    asked.on('response', (answer) => resolve(answer.statusCode ?? 0))
    asked.on('error', () => resolve(0))
    asked.on('close', () => resolve(0))
  })
  asked.write(Buffer.alloc(bytes - 1))
  return { status, end: () => void asked.destroy() }
}
