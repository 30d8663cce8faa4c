import { describe, expect, test } from 'vitest'
import { readMultipart } from '../../src/routes/lib/upload.ts'
import { profileOf } from '../support/apple-files.ts'
import { type Ask, TestApp } from '../support/app.ts'

const api = '/api/signing/profiles'
const page = '/settings/signing/profiles'
const broken = 'multipart/form-data; boundary=x'

/** A form as browsers send it: of text fields, and a file where there is one. */
function formOf(fields: Record<string, string>, file?: Uint8Array, name = 'a.mobileprovision') {
  const form = new FormData()
  for (const [field, text] of Object.entries(fields)) form.append(field, text)
  if (file) form.append('file', new Blob([file as BlobPart]), name)
  return { method: 'POST', body: form } satisfies Ask
}

const errorsOf = async (answer: Response) =>
  [answer.status, ((await answer.json()) as { errors?: unknown }).errors] as const

describe('a file', () => {
  test('comes as multipart/form-data to the API, and in base64 in JSON', async () => {
    await using app = await TestApp.start()
    const made = await app.asAdmin(api, formOf({ name: 'by form' }, profileOf()))
    expect([made.status, await made.json()]).toMatchObject([201, { name: 'by form' }])
    const base64 = profileOf().toString('base64')
    const wrapped = base64.replace(/(.{76})/g, '$1\n')
    const urlSafe = profileOf().toString('base64url')
    for (const [name, content_base64] of Object.entries({ wrapped, urlSafe })) {
      const answer = await app.asAdmin(api, { json: { name, content_base64 } })
      expect([answer.status, await answer.json()]).toMatchObject([201, { name }])
    }
  })

  test('comes by a form of a page, which leads on to what was stored', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const answer = await browser.ask(page, formOf({ name: '' }, profileOf()))
    expect(answer.status).toBe(303)
    const shown = await browser.ask(answer.headers.get('location') ?? '')
    expect(await shown.text()).toContain('Wallet App Store')
  })

  test('that is missing is told at its field, whichever way nothing came', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const missing = [{ field: 'file', message: expect.stringContaining('is missing') as string }]
    const asks: Ask[] = [
      formOf({ name: 'x' }),
      // What browsers send for a file field that was left empty (HTML, 4.10.21.4).
      formOf({ name: 'x' }, new Uint8Array(), ''),
      { json: { name: 'x' } },
      // A text in the place of the file.
      formOf({ name: 'x', file: 'no file' }),
    ]
    for (const ask of asks) {
      expect(await errorsOf(await app.asAdmin(api, ask))).toEqual([422, missing])
    }
    for (const ask of [asks[0]!, asks[1]!, { form: { name: 'kept' } }]) {
      const answer = await browser.ask(page, ask)
      const text = await answer.text()
      expect([answer.status, text.includes('id="field-file-error"')]).toEqual([422, true])
    }
    const again = await browser.ask(page, formOf({ name: 'typed-before' }))
    expect(await again.text()).toMatch(/value="typed-before"/)
  })

  test('in JSON that is no base64 is told at content_base64', async () => {
    await using app = await TestApp.start()
    for (const content_base64 of ['', '???', 'a b=c=', 5, null, ['YQ=='], { a: 1 }]) {
      const answer = await app.asAdmin(api, { json: { content_base64 } })
      expect([content_base64, ...(await errorsOf(answer))]).toEqual([
        content_base64,
        422,
        [{ field: 'content_base64', message: 'must be the file in base64' }],
      ])
    }
  })

  test('in a body that breaks off, or is no form, is malformed', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const part = '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc'
    for (const body of [part, 'nothing', '', '--x']) {
      for (const headers of [
        { 'content-type': broken },
        { 'content-type': 'multipart/form-data' },
      ]) {
        const ask = { method: 'POST', headers, body }
        expect([body, (await app.asAdmin(api, ask)).status]).toEqual([body, 400])
        expect([body, (await browser.ask(page, ask)).status]).toEqual([body, 400])
      }
    }
  })

  test('larger than what is taken is 413, announced or not', async () => {
    await using app = await TestApp.start()
    const large = formOf({}, new Uint8Array(9 * 1024 * 1024))
    expect((await app.asAdmin(api, large)).status).toBe(413)
    const announced = { ...large, headers: { 'content-length': String(9 * 1024 * 1024) } }
    expect((await app.asAdmin(api, announced)).status).toBe(413)
    const json = { content_base64: 'A'.repeat(9 * 1024 * 1024) }
    expect((await app.asAdmin(api, { json })).status).toBe(413)
  })

  test('is taken by routes that say so alone, and fields that nobody knows are refused', async () => {
    await using app = await TestApp.start()
    const elsewhere = await app.asAdmin('/api/repositories', formOf({ provider: 'git' }))
    expect(elsewhere.status).toBe(415)
    expect((await app.asAdmin(api, { form: { name: 'x' } })).status).toBe(415)
    const unknown = formOf({ organization_id: 'x' }, profileOf())
    expect(await errorsOf(await app.asAdmin(api, unknown))).toMatchObject([422, [{}]])
  })

  test('keeps its bytes and its name, whatever they are; of fields alike the last counts', async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 256)
    const form = formOf({ name: 'ä\r\n"b"' }, bytes, '../../étc/"passwd".p8').body
    form.append('name', 'last')
    const sent = new Response(form)
    const read = await readMultipart(
      new Uint8Array(await sent.clone().arrayBuffer()),
      sent.headers.get('content-type') ?? '',
    )
    expect(read.texts).toEqual({ name: 'last' })
    expect(read.files['file']?.name).toBe('../../étc/"passwd".p8')
    expect(read.files['file']?.bytes).toEqual(bytes)
  })

  test('is described in both ways that it can be sent', async () => {
    await using app = await TestApp.start()
    const description = await (await app.asAdmin('/api/openapi.json')).text()
    const { paths } = JSON.parse(description) as {
      paths: Record<string, { post: { requestBody: { content: Record<string, object> } } }>
    }
    const { content } = paths['/api/signing/keystores']!.post.requestBody
    expect(Object.keys(content).toSorted()).toEqual(['application/json', 'multipart/form-data'])
    expect(JSON.stringify(content['multipart/form-data'])).toContain('"store_password"')
    expect(JSON.stringify(content['application/json'])).toContain('"content_base64"')
  })
})
