import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { wallClock } from '../../lib/clock.ts'
import { globSync } from '../glob.ts'
import { ToolFailed, valueOf } from '../values.ts'

export type WhatOptions = {
  project?: string
  workspace?: string
  scheme?: string
  target?: string
  config?: string
}

/** What xcodebuild is to work on, as its arguments. Throws ToolFailed where it is not said, or not there. */
export function whatToBuild({ project, workspace, scheme, target, config }: WhatOptions): string[] {
  if ((project === undefined) === (workspace === undefined)) {
    throw new ToolFailed('Say --workspace or --project, and one of them.', 2)
  }
  const place =
    workspace === undefined
      ? ['-project', onlyOne(valueOf(project!))]
      : ['-workspace', onlyOne(valueOf(workspace))]
  const configuration = config ? ['-configuration', valueOf(config)] : []
  if (scheme !== undefined) return [...place, '-scheme', valueOf(scheme), ...configuration]
  if (target !== undefined && workspace === undefined) {
    return [...place, '-target', valueOf(target), ...configuration]
  }
  throw new ToolFailed('Say --scheme, or --target with --project.', 2)
}

/** What the result is called: as its scheme, its target or its project. */
export const nameOf = ({ scheme, target, project, workspace }: WhatOptions): string =>
  valueOf(scheme ?? target ?? basename(project ?? workspace ?? 'App'))

/** A new file for all that xcodebuild says, where artifacts of many configurations look for it. */
export function newLogOf(options: WhatOptions, ending: 'log' | 'xcresult' = 'log'): string {
  const directory = join(tmpdir(), 'xcodebuild_logs')
  mkdirSync(directory, { recursive: true })
  const name = nameOf(options).replace(/[^\w.-]+/g, '_')
  return join(directory, `${name}-${wallClock()}.${ending}`)
}

/** Scripts name a workspace by a pattern where a tool makes it: `*.xcworkspace`. */
function onlyOne(pattern: string): string {
  const [path, ...others] = globSync(resolve(pattern)).filter((each) => existsSync(each))
  if (path === undefined) throw new ToolFailed(`There is nothing at ${resolve(pattern)}.`)
  if (others.length === 0) return path
  throw new ToolFailed(`"${pattern}" may be any of ${[path, ...others].join(', ')}. Name one.`, 2)
}
