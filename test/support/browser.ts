import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { findChromium, howToGetChromium } from '../../scripts/lib/chromium.mjs'

export type BrowserOptions = {
  /** False is a browser without JavaScript: everything must work in it. */
  javaScript?: boolean
  colorScheme?: 'light' | 'dark'
  /** Pixels. */
  width?: number
  height?: number
}

export type TestBrowser = {
  context: BrowserContext
  page: Page
  /** What the page complained of: errors, console errors, and what its policy refused. */
  complaints: string[]
  [Symbol.asyncDispose](): Promise<void>
}

const actionTimeoutMs = 15_000

// One Chromium serves all tests of a worker; each test has a context, with cookies of its own.
let shared: Promise<Browser> | null = null

/** A fresh browser window with nothing in it. */
export async function openBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  const { javaScript = true, colorScheme = 'light', width = 1280, height = 800 } = options
  shared ??= launch()
  const browser = await shared
  const context = await browser.newContext({
    javaScriptEnabled: javaScript,
    colorScheme,
    viewport: { width, height },
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(actionTimeoutMs)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { context, page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

function launch(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error(howToGetChromium)
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-sync'],
  })
}
