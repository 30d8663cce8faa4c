import { describe, expect, test } from 'vitest'
import { resolveVariables } from '../../src/core/variables/resolve.ts'
import { newId } from '../../src/lib/ids.ts'
import { TestApp } from '../support/app.ts'
import { admin } from '../support/ctx.ts'

const value = 'hunter2-hunter2-hunter2'

async function valuesIn({ services }: TestApp) {
  const of = {
    repositoryId: newId(),
    branch: 'main',
    tag: null,
    pullRequestNumber: null,
    fork: null,
  }
  const plan = { groups: ['release'], environmentName: 'production' }
  return (await resolveVariables(services.as(admin), of, plan)).variables
}

describe('pages of variables', () => {
  test('keep what a form sent byte for byte, and show a secret nowhere', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const made = await browser.ask('/settings/variables', {
      method: 'POST',
      form: { name: 'release' },
    })
    const group = made.headers.get('location') ?? ''
    const form = { name: 'KEY', value: `${value}\r\nsecond line\r\n`, secret: 'true' }
    const stored = await browser.ask(group, { method: 'POST', form })
    expect([stored.status, stored.headers.get('location')]).toEqual([303, group])
    // Browsers send text areas with CR LF, whatever was typed.
    expect(await valuesIn(app)).toEqual({ KEY: `${value}\nsecond line\n` })
    const plain = { name: 'PLAIN', value: 'everybody reads this', protected: 'true' }
    await browser.ask(group, { method: 'POST', form: plain })
    const page = await (await browser.ask(group)).text()
    expect(page).toContain('everybody reads this')
    expect(page).not.toContain('hunter2')

    const change = `${group}/variable/KEY`
    expect(await (await browser.ask(change)).text()).not.toContain('hunter2')
    // Without a value the stored one stays.
    await browser.ask(change, { method: 'POST', form: { value: '', secret: 'true' } })
    expect((await valuesIn(app))['KEY']).toContain(value)
    const lax = await browser.ask(change, { method: 'POST', form: { value: '' } })
    expect(lax.status).toBe(422)
    await browser.ask(change, { method: 'POST', form: { value: 'new-value', secret: 'true' } })
    expect((await valuesIn(app))['KEY']).toBe('new-value')
    await browser.ask(`${change}/remove`, { method: 'POST', form: {} })
    expect(await valuesIn(app)).toEqual({ PLAIN: 'everybody reads this' })
  })

  test('that were refused keep the fields, but never the value', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const all = await browser.ask('/settings/variables/for-all', { method: 'POST', form: {} })
    const group = all.headers.get('location') ?? ''
    const form = { name: '1ST', value, secret: 'true', environment: 'production' }
    const refused = await browser.ask(group, { method: 'POST', form })
    const text = await refused.text()
    expect(refused.status).toBe(422)
    expect(text).toContain('1ST')
    expect(text).toContain('value="production"')
    expect(text).not.toContain('hunter2')
    const imported = await browser.ask(`${group}/import`, {
      method: 'POST',
      form: { content: `A=${value}\nnonsense`, secret: 'true' },
    })
    const answer = await imported.text()
    expect([imported.status, answer.includes('line 2')]).toEqual([422, true])
    expect(answer).not.toContain('hunter2')
    expect(await valuesIn(app)).toEqual({})
  })

  test('of a repository are its own', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const { repository } = await app.services.repository({})
    const base = `/repositories/${repository.id}/variables`
    const made = await browser.ask(base, { method: 'POST', form: { name: 'release' } })
    const group = made.headers.get('location') ?? ''
    expect(await (await browser.ask(base)).text()).toContain(group)
    expect(await (await browser.ask('/settings/variables')).text()).not.toContain(group)
    const removed = await browser.ask(`${group}/remove`, { method: 'POST', form: {} })
    expect(removed.headers.get('location')).toBe(base)
  })
})

describe('the API of variables', () => {
  test('gives no secret back, not even to owners, and takes names for groups', async () => {
    await using app = await TestApp.start()
    const ask = async (method: string, path: string, json?: Record<string, unknown>) => {
      const answer = await app.asAdmin(`/api${path}`, { method, ...(json && { json }) })
      const text = await answer.text()
      expect(text).not.toContain('hunter2')
      return { status: answer.status, json: text === '' ? null : JSON.parse(text) }
    }
    expect((await ask('DELETE', '/variables/KEY')).status).toBe(404)
    // Nothing is made by looking for what to remove.
    expect((await ask('GET', '/variable-groups')).json.data).toEqual([])
    const stored = await ask('PUT', '/variables/KEY', { value })
    expect(stored).toMatchObject({ status: 200, json: { name: 'KEY', secret: true, value: null } })
    const { data } = (await ask('GET', '/variable-groups')).json
    expect(data).toMatchObject([{ name: '', variable_count: 1, repository_id: null }])
    const one = `/variable-groups/${data[0].id}`
    const narrow = { value: 'for-production', environment: 'production', secret: false }
    await ask('PUT', `${one}/variables/KEY`, narrow)
    expect((await ask('GET', `${one}/variables/KEY?environment=production`)).json).toMatchObject({
      value: 'for-production',
      protected: true,
    })
    expect((await ask('GET', one)).json.variables).toHaveLength(2)
    expect((await ask('DELETE', `${one}/variables/KEY?environment=production`)).status).toBe(204)
    expect((await ask('GET', one)).json.variables).toHaveLength(1)
    expect((await ask('PUT', '/variables/KEY', { value, group: 'none' })).status).toBe(404)
    expect((await ask('PUT', '/variables/KEY', { valeu: 'x' })).status).toBe(422)
    const content = 'A=1\nKEY=2\n'
    const taken = await ask('POST', `${one}/import`, { content })
    expect([taken.status, taken.json.detail]).toEqual([422, expect.stringContaining('KEY')])
    expect((await ask('POST', '/variables', { content, replace: true })).status).toBe(200)
    expect(await valuesIn(app)).toEqual({ A: '1', KEY: '2' })
    expect((await ask('DELETE', one)).status).toBe(204)
    expect(await valuesIn(app)).toEqual({})
  })
})
