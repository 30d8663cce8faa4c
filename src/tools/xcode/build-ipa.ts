import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { thisMachine } from '../../runner/signing/machine.ts'
import { runAndKeep, words } from '../run.ts'
import { say, ToolFailed, valueOf } from '../values.ts'
import { nameOf, newLogOf, whatToBuild, type WhatOptions } from './what.ts'

export type BuildIpaOptions = WhatOptions & {
  clean?: boolean
  archiveDirectory: string
  archiveFlags: string
  archiveXcargs: string
  exportFlags: string
  exportXcargs: string
  exportOptionsPlist?: string
  ipaDirectory: string
  removeXcarchive?: boolean
}

/** Archives an app and exports it, as the options of `xcode-project build-ipa` say. */
export async function buildIpa(options: BuildIpaOptions): Promise<void> {
  const what = whatToBuild(options)
  const archive = join(resolve(valueOf(options.archiveDirectory)), `${nameOf(options)}.xcarchive`)
  const ipas = resolve(valueOf(options.ipaDirectory))
  const plist = exportOptionsOf(options)
  const log = newLogOf(options)
  // What an earlier build has left would be taken for that of this one.
  rmSync(archive, { recursive: true, force: true })

  if (options.clean) await runAndKeep(['xcodebuild', ...what, 'clean'], log)
  await runAndKeep(
    [
      ...['xcodebuild', ...what, '-archivePath', archive, 'archive'],
      ...words(valueOf(options.archiveFlags)),
      ...words(valueOf(options.archiveXcargs)),
    ],
    log,
  )
  await runAndKeep(
    [
      ...['xcodebuild', '-exportArchive', '-archivePath', archive],
      ...['-exportPath', ipas, '-exportOptionsPlist', plist],
      ...words(valueOf(options.exportFlags)),
      ...words(valueOf(options.exportXcargs)),
    ],
    log,
  )
  if (options.removeXcarchive) rmSync(archive, { recursive: true, force: true })
  const made = readdirSync(ipas).filter((each) => each.endsWith('.ipa'))
  if (made.length === 0) throw new ToolFailed(`xcodebuild has exported no .ipa to ${ipas}.`)
  for (const each of made) say(`Exported ${join(ipas, each)}`)
}

function exportOptionsOf({ exportOptionsPlist }: BuildIpaOptions): string {
  const path = exportOptionsPlist
    ? resolve(valueOf(exportOptionsPlist))
    : join(thisMachine().home, 'export_options.plist')
  if (existsSync(path)) return path
  throw new ToolFailed(
    `There is no ${path}. "xcode-project use-profiles" writes it; --export-options-plist names another.`,
  )
}
