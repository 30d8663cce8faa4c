import { expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { startOore } from '../support/oore.ts'
import { visit } from '../support/visitor.ts'

const wallet = `
workflows:
  app:
    scripts: ["mkdir out && printf 'bytes' > out/app.apk"]
    artifacts: ['out/*']
`

test('a link made on the page of a build opens for a stranger, with and without JavaScript', async () => {
  await using oore = await startOore()
  const repo = await oore.repo({ 'oore.yaml': wallet })
  const id = await repo.trigger()
  await oore.ended(id)

  await using member = await visit(oore, `/builds/${id}`)
  await member.page.getByRole('button', { name: 'Install app.apk' }).click()
  await member.page.waitForURL('**/install/**')
  const address = member.page.url()
  expect(member.complaints).toEqual([])

  for (const javaScript of [true, false]) {
    await using stranger = await openBrowser({ javaScript, width: 390 })
    const { page } = stranger
    await page.goto(address)
    await page.getByRole('heading', { name: 'app.apk' }).waitFor()
    const code = page.getByRole('img', { name: 'QR code of the address of this page' })
    await code.waitFor()
    if (javaScript) {
      expect(await code.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0)
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'app.apk' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('app.apk')
    expect(stranger.complaints).toEqual([])
  }
})
