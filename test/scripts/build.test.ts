import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const copied = ['bin', 'scripts', 'src', 'package.json', 'package-lock.json', 'tsconfig.json']

describe('the build', { timeout: 60_000 }, () => {
  test('runs twice at once without harm, and then has nothing to do', async () => {
    using checkout = copyOfCheckout()
    const both = await Promise.all([checkout.build(), checkout.build()])
    expect(both).toEqual([0, 0])

    const manifest = checkout.json('public/build/manifest.json')
    for (const address of Object.values(manifest)) {
      const built = checkout.text(`public${address.replace('/assets/', '/build/')}`)
      expect(built.length).toBeGreaterThan(1000)
    }
    const stamp = checkout.text('dist/stamp')
    expect(await checkout.build()).toBe(0)
    expect(checkout.text('dist/stamp')).toBe(stamp)
  })

  test('is done again by the command itself when a source file is newer', async () => {
    using checkout = copyOfCheckout()
    await checkout.build()
    const stamp = checkout.text('dist/stamp')
    utimesSync(join(checkout.dir, 'src/main.ts'), 1, 1)

    expect(await checkout.run('bin/oored', 'version')).toBe(0)
    expect(checkout.text('dist/stamp')).not.toBe(stamp)
  })
})

function copyOfCheckout() {
  const dir = mkdtempSync(join(tmpdir(), 'oore-checkout-'))
  for (const name of copied) cpSync(join(root, name), join(dir, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  const run = (...args: string[]) =>
    new Promise<number | null>((resolve) => {
      const child = spawn(process.execPath, args, {
        cwd: dir,
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      child.once('close', resolve)
    })
  const text = (path: string) => readFileSync(join(dir, path), 'utf8')
  return {
    dir,
    run,
    text,
    build: () => run('scripts/build.mjs'),
    json: (path: string) => JSON.parse(text(path)) as Record<string, string>,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
}
