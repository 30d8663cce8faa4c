import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Lays passwords into files that only this account reads, gives the paths to the work, and removes them:
 * what is said in arguments is read by everybody on the machine.
 */
export function withPasswordFiles<T>(
  passwords: { store: string; key: string },
  work: (files: { store: string; key: string }) => T,
): T {
  const directory = mkdtempSync(join(tmpdir(), 'oore-passwords-'))
  const file = (name: keyof typeof passwords) => {
    const path = join(directory, name)
    writeFileSync(path, `${passwords[name]}\n`, { mode: 0o600 })
    return path
  }
  try {
    return work({ store: file('store'), key: file('key') })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
