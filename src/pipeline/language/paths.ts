import { globTrouble } from '../../lib/glob.ts'
import { error, pathOf, type Spot } from '../findings.ts'
import type { Node } from '../tree.ts'
import { text, type Shape } from './shapes.ts'

/**
 * A directory of the repository, or an absolute one of the machine. The runner checks again where
 * a relative one really leads.
 */
export const directory: Shape<string> = {
  wants: 'a directory of the repository',
  remedy: 'Write a path like "apps/ios".',
  schema: text.schema,
  read(node, spot) {
    const path = text.read(node, spot)
    if (path === null) return null
    const trouble = directoryTrouble(path)
    return trouble === null ? path : refuse(node, spot, trouble, directory.remedy)
  },
}

/**
 * A pattern of files to keep. Absolute ones, `$HOME/…` and `~/…` are common in real files and
 * accepted: they keep what lies in the workspace and nothing else.
 */
export const artifactPattern: Shape<string> = {
  wants: 'a pattern of files',
  remedy: 'Write a pattern such as "build/*.apk".',
  schema: text.schema,
  read(node, spot) {
    const pattern = text.read(node, spot)
    if (pattern === null) return null
    if (pattern.trim() === '') return refuse(node, spot, 'is empty', artifactPattern.remedy)
    if (pattern.includes('\0')) return refuse(node, spot, 'holds a NUL byte', 'Remove it.')
    if (segmentsOf(pattern).includes('..')) {
      const remedy = 'Copy the file into the workspace in a script, and name the copy here.'
      return refuse(node, spot, 'leads out of the workspace with ".."', remedy)
    }
    const trouble = globTrouble(pattern)
    if (trouble !== null) {
      return refuse(node, spot, `cannot be used: ${trouble}`, artifactPattern.remedy)
    }
    return pattern
  },
}

function directoryTrouble(path: string): string | null {
  if (path.trim() === '') return 'is empty'
  if (path.includes('\0')) return 'holds a NUL byte'
  // Where a variable leads, the runner sees; what it refuses there is told by the build.
  if (path.includes('$') || /^(\/|~(\/|$))/.test(path)) return null
  if (/^(\\|[A-Za-z]:)/.test(path)) return 'is a path of Windows'
  let depth = 0
  for (const segment of segmentsOf(path)) {
    if (segment === '..') depth -= 1
    else if (segment !== '' && segment !== '.') depth += 1
    if (depth < 0) return 'leads out of the repository with ".."'
  }
  return null
}

const segmentsOf = (path: string): string[] => path.split(/[/\\]/)

function refuse(node: Node, spot: Spot, trouble: string, remedy: string): null {
  error(spot, node.at, `${pathOf(spot.trail)} ${trouble}.`, remedy)
  return null
}
