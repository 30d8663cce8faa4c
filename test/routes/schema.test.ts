import { describe, expect, test } from 'vitest'
import { pipelineSchema } from '../../src/pipeline/schema.ts'
import { TestApp } from '../support/app.ts'

const path = '/schema/oore.schema.json'

describe('the schema for editors', () => {
  test('is handed to anyone, as a schema', async () => {
    await using app = await TestApp.start()
    const answer = await app.asStranger(path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/schema+json; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=3600')
    expect(await answer.json()).toEqual(pipelineSchema())
  })

  test('is not sent again to who has it', async () => {
    await using app = await TestApp.start()
    const etag = (await app.asStranger(path)).headers.get('etag') ?? ''
    const again = await app.asStranger(path, { headers: { 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })
})
