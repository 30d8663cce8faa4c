import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { TestApp } from '../support/app.ts'
import { startOore } from '../support/oore.ts'

type Found = { findings: { about: string; verdict: string; text: string }[] }
const verdicts = ({ findings }: Found) =>
  Object.fromEntries(findings.map(({ about, verdict }) => [about, verdict]))

describe('a check of the server’s address', () => {
  test('sees its own call arrive, and that nobody elsewhere can call this machine', async () => {
    await using oore = await startOore()
    const { status, json } = await oore.api('POST', '/setup/self-test')
    expect(status).toBe(200)
    expect(verdicts(json)).toEqual({
      scheme: 'doubtful',
      name: 'bad',
      itself: 'good',
      outside: 'doubtful',
    })
    expect((await oore.api('GET', '/setup/self-test')).json.last).toEqual(json)
  })

  test('notices that something else answers there, or nobody', async () => {
    const other = createServer((_, response) => response.end('another program'))
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    await using app = await TestApp.start({ OORE_BASE_URL: url })
    const check = async () =>
      (await (await app.asAdmin('/api/setup/self-test', { method: 'POST' })).json()) as Found
    const elsewhere = (await check()).findings.find(({ about }) => about === 'itself')
    expect(elsewhere).toMatchObject({ verdict: 'bad', text: expect.stringContaining('status 200') })
    await new Promise((closed) => other.close(closed))
    const nobody = (await check()).findings.find(({ about }) => about === 'itself')
    expect(nobody).toMatchObject({ verdict: 'doubtful' })
  })

  test('knows a name that nobody knows, and a delivery that came from outside', async () => {
    await using app = await TestApp.start({ OORE_BASE_URL: 'https://nobody.invalid' })
    const { repository } = await app.services.repository({ 'oore.yaml': 'workflows: {}' })
    const check = async () =>
      verdicts(
        (await (await app.asAdmin('/api/setup/self-test', { method: 'POST' })).json()) as Found,
      )
    expect(await check()).toEqual({
      scheme: 'good',
      name: 'bad',
      itself: 'doubtful',
      outside: 'doubtful',
    })
    const body = JSON.stringify({ ping: true })
    const { createHmac } = await import('node:crypto')
    const signature = createHmac('sha256', 'a-webhook-secret-of-tests').update(body).digest('hex')
    await app.asStranger(`/api/webhooks/git/${repository.id}`, {
      method: 'POST',
      body,
      from: '140.82.112.3',
      headers: {
        'content-type': 'application/json',
        'x-oore-signature-256': `sha256=${signature}`,
      },
    })
    expect((await check())['outside']).toBe('good')
  })

  test('answers a stranger only where it has just called itself', async () => {
    await using app = await TestApp.start()
    const answer = await app.asStranger('/setup/self-test/01234567890123456789012345')
    expect(answer.status).toBe(404)
  })

  test('as a page says what was found and offers to look again', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const posted = await browser.ask('/setup/self-test', { form: {} })
    expect([posted.status, posted.headers.get('location')]).toEqual([303, '/settings/address'])
    const page = await (await browser.ask('/settings/address')).text()
    expect(page).toContain('OORE_BASE_URL')
    expect(page.match(/class="finding-title"/g)).toHaveLength(4)
  })
})
