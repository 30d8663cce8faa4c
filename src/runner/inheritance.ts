import { closeSync, readdirSync, readFileSync } from 'node:fs'

const usualMask = 0o022
/** O_CLOEXEC, as Linux shows it in fdinfo. */
const closedOnExec = 0o2000000

/**
 * Lets go of what this process has from the one that started it and a build must not have: a mask
 * that would give every file the wrong mode, and open files. Node marks its own files so that no
 * program gets them; those that it was given are not marked. Only Linux tells which they are.
 */
export function dropInheritance(): void {
  process.umask(usualMask)
  for (const descriptor of openDescriptors()) {
    if (descriptor > 2 && isHandedOn(descriptor)) closeSync(descriptor)
  }
}

function openDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number)
  } catch {
    return []
  }
}

function isHandedOn(descriptor: number): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1')
    const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1]
    return flags !== undefined && (parseInt(flags, 8) & closedOnExec) === 0
  } catch {
    // It was the directory that is being read.
    return false
  }
}
