import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
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
      ? ['-project', resolve(valueOf(project!))]
      : ['-workspace', resolve(valueOf(workspace))]
  const [, path = ''] = place
  if (!existsSync(path)) throw new ToolFailed(`There is nothing at ${path}.`)
  const configuration = config ? ['-configuration', valueOf(config)] : []
  if (scheme !== undefined) return [...place, '-scheme', valueOf(scheme), ...configuration]
  if (target !== undefined && workspace === undefined) {
    return [...place, '-target', valueOf(target), ...configuration]
  }
  throw new ToolFailed('Say --scheme, or --target with --project.', 2)
}
