import { chromium } from 'playwright-core'
import { findChromium } from '../../scripts/lib/chromium.mjs'
import { median } from './figures.ts'

const visits = 9

/** From navigation to first contentful paint, in a new tab each time. Null without a Chromium. */
export async function firstPaintMs(
  url: string,
  cookie: string,
  path: string,
): Promise<number | null> {
  const executablePath = findChromium()
  if (executablePath === null) return null
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const context = await browser.newContext()
    const [name = '', value = ''] = cookie.split(/=(.*)/s)
    await context.addCookies([{ name, value, url }])
    const times: number[] = []
    for (let visit = 0; visit < visits; visit += 1) {
      const page = await context.newPage()
      await page.goto(url + path)
      const painted = await page.waitForFunction(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
      )
      times.push(Number(await painted.jsonValue()))
      await page.close()
    }
    return median(times)
  } finally {
    await browser.close()
  }
}
