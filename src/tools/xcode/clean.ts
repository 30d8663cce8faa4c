import { runAndKeep } from '../run.ts'
import { newLogOf, whatToBuild, type WhatOptions } from './what.ts'

/** Removes what was built. Throws ToolFailed with the exit code of xcodebuild. */
export async function cleanProject(options: WhatOptions): Promise<void> {
  await runAndKeep(['xcodebuild', ...whatToBuild(options), 'clean'], newLogOf(options))
}
