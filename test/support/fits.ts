import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Is the page for everyone, and no wider than its window? axe itself needs JavaScript. */
export async function fits(page: Page, { javaScript }: { javaScript: boolean }): Promise<void> {
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect([page.url(), tooWide]).toEqual([page.url(), 0])
  if (!javaScript) return
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)).toEqual([])
}
