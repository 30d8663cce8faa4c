import { appendFileSync, readFileSync } from 'node:fs'
import { bootId, momentOf, startsByGroup, type Moment } from './process-table.ts'

/**
 * Notes a process group of a build's own in the file that is for the runner after a killed one:
 * when a step was started, and when it has ended and left someone behind. Never throws.
 *
 * Each line is `boot group moment`: at that moment the group was the build's. Its number is used
 * again once it is empty, and whoever has it then was started later.
 */
export function noteGroup(path: string, group: number): void {
  try {
    appendFileSync(path, `${bootId()} ${group} ${momentOf(group)}\n`, { mode: 0o600 })
  } catch {
    // The group has ended already; or the disk is full, which the log of the step has to say.
  }
}

/** The noted groups that are still the same: somebody in them is no younger than the note. */
export async function livingGroups(path: string): Promise<number[]> {
  const noted = readNotes(path)
  if (noted.size === 0) return []
  const starts = await startsByGroup()
  return [...noted.keys()].filter((group) =>
    starts.get(group)?.some((startedAt) => startedAt <= (noted.get(group) ?? 0)),
  )
}

/** The newest note of each group, of this boot. */
function readNotes(path: string): Map<number, Moment> {
  const boot = bootId()
  return new Map(
    textOf(path)
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([of, group, moment]) => of === boot && Number(group) > 1 && Number(moment) > 0)
      .map(([, group, moment]) => [Number(group), Number(moment)]),
  )
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
