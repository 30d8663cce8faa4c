import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Files include one another no deeper; more is a circle. */
const depthMax = 10

/**
 * The settings of a configuration settings file (.xcconfig) and of those that it includes, a later one
 * before an earlier, as "Adding a build configuration file to your project" of Xcode's documentation has
 * it. Settings for one SDK or architecture are left out, and files that are not there are empty.
 */
export function readXcconfig(path: string, depth = 0): Map<string, string> {
  const settings = new Map<string, string>()
  for (const line of linesOf(path)) {
    const bare = line.replace(/\/\/.*$/, '').trim()
    const included = /^#include\??\s*"([^"]+)"/.exec(bare)?.[1]
    if (included !== undefined && depth < depthMax) {
      const below = readXcconfig(resolve(dirname(path), included), depth + 1)
      for (const [key, value] of below) settings.set(key, value)
      continue
    }
    const [, key, value = ''] = /^([A-Za-z_]\w*)\s*=\s*(.*?);?$/.exec(bare) ?? []
    if (key === undefined) continue
    const before = settings.get(key) ?? ''
    settings.set(key, value.replaceAll(/\$[({]inherited[)}]/g, () => before).trim())
  }
  return settings
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)
  } catch {
    return []
  }
}
