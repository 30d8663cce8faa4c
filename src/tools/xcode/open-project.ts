import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readProject, type XcodeProject } from './project.ts'
import { readXcconfig } from './xcconfig.ts'

/** Reads the project in a .xcodeproj. Throws NoOpenstep, or Error where it is none. */
export const openProject = (path: string): XcodeProject =>
  readProject(readFileSync(join(path, 'project.pbxproj'), 'utf8'), (file) =>
    readXcconfig(join(dirname(path), file)),
  )
