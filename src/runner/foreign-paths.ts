import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../lib/variables.ts'

/** What was written, and what it was read as. */
export type Reading = { written: string; read: string }

type Rule = { pattern: RegExp; read: string }

/** Where a path may begin: not in the middle of a longer one, but after `file://` and `${X:-`. */
const before = String.raw`(?:(?<![\w.~)}/-])|(?<=file:\/\/|:-))`
/** Where it may end: `/Users/builder2`, `/Users/builder.old` and `clone-2` are other places. */
const after = String.raw`(?![\w-]|\.\w)`
/** The home directory as scripts write it. */
const home = String.raw`(?:\$HOME|\$\{HOME\}|~|/Users/builder)`

/**
 * Puts the places of this machine and build where a text of the plan names those of the machines
 * that the language comes from (codemagic-in-the-wild, section 5.1): the clone directory and the
 * home directory of their account `builder`, and the SDKs in `$HOME/programs` where those are not
 * there and it is known where they are, and the logs that xcode-project leaves in the temporary
 * directory. `readings` has each once, as it was written.
 */
export function asHere(
  text: string,
  environment: Environment,
  clone: string,
): { text: string; readings: Reading[] } {
  // Nearly every text: none of the places stands in it.
  if (!/\/Users\/builder|\/programs\/|\/clone|\/xcodebuild_logs/.test(text)) {
    return { text, readings: [] }
  }
  const readings = new Map<string, string>()
  let read = text
  for (const rule of rulesOf(environment, clone)) {
    read = read.replace(rule.pattern, (written) => {
      readings.set(written, rule.read)
      return rule.read
    })
  }
  return {
    text: read,
    readings: [...readings].map(([written, as]) => ({ written, read: as })),
  }
}

/** `In it, /Users/builder/clone means /data/…/clone.`, or null where nothing was read otherwise. */
export function readingsSentence(readings: readonly Reading[], where: string): string | null {
  if (readings.length === 0) return null
  const each = readings.map(({ written, read }) => `${written} means ${read}`)
  return `${where}, ${each.join(' and ')} here.`
}

/** In this order: what a rule puts in must not be read again by one after it. */
function rulesOf(environment: Environment, clone: string): Rule[] {
  const ownHome = environment['HOME'] ?? ''
  const hasOwnClone = existsSync(join(ownHome, 'clone'))
  const temporary = environment['TMPDIR']
  const rules = [
    rule(`${hasOwnClone ? '/Users/builder' : home}/clone`, clone),
    ...(temporary === undefined
      ? []
      : [rule('/tmp/xcodebuild_logs', `${temporary}/xcodebuild_logs`)]),
    ...sdkRule('flutter', ownHome, environment['FLUTTER_ROOT']),
    ...sdkRule('android-sdk-macosx', ownHome, environment['ANDROID_SDK_ROOT']),
  ]
  const isBuilder = ownHome === '' || ownHome === '/Users/builder'
  return isBuilder ? rules : [...rules, rule('/Users/builder', ownHome)]
}

function sdkRule(folder: string, ownHome: string, root: string | undefined): Rule[] {
  if (root === undefined || existsSync(join(ownHome, 'programs', folder))) return []
  return [rule(`${home}/programs/${folder}`, root)]
}

const rule = (place: string, read: string): Rule => ({
  pattern: new RegExp(`${before}${place}${after}`, 'g'),
  read,
})
