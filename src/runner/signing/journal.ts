import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

/*
 * What one build changes on the machine, each thing written down before it is changed, and on the
 * disk before the change: whoever finds the file can undo it all, in the reverse order, whatever
 * has ended the runner. One JSON value a line, `{"undo": {"kind": …}}`; a last line without an end
 * is of a change that was not begun.
 *
 *   directory         path                    is removed with all that is in it
 *   keychain          path                    is deleted
 *   search_list       keychains, root         is what it was, but for keychains of other builds
 *   default_keychain  keychain, root          is what it was; null is none
 *   file              path, sha256, before    is removed, or is what lies at `before` again
 *   made_directory    path                    is removed where nothing is in it
 *   build_journal     path, root, …           what the build's own commands have noted (build-journal.ts)
 *
 * Only the runner writes here: a build has a journal of its own, which nobody trusts.
 */

const path = z.string().min(1)

const undo = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('directory'), path }),
  z.object({ kind: z.literal('keychain'), path }),
  z.object({ kind: z.literal('search_list'), keychains: z.array(path), root: path }),
  z.object({ kind: z.literal('default_keychain'), keychain: path.nullable(), root: path }),
  z.object({ kind: z.literal('file'), path, sha256: z.string(), before: path.nullable() }),
  z.object({ kind: z.literal('made_directory'), path }),
  z.object({
    kind: z.literal('build_journal'),
    path,
    /** The build's workspace. */
    root: path,
    /** When that was made: what is older is not the build's. */
    made_at_ms: z.number(),
    /** How the account stood before the build; null where it does not say. */
    search_list: z.array(path).nullable(),
    default_keychain: path.nullable(),
  }),
])
export type Undo = z.infer<typeof undo>

const line = z.object({ undo })

/** Does undoing it touch what all builds of the account share? */
export const isShared = ({ kind }: Undo): boolean => kind !== 'directory'

/** A noted file is written here first, so that one with its name is always whole. */
export const partOf = (path: string): string => `${path}.oore-part`

export type Journal = {
  readonly path: string
  /** On the disk when this returns; throws where it cannot be written, and then nothing is changed. */
  note(undo: Undo): void
}

/** The journal at `path`, which is made with the first note. `reached` is told around each note. */
export function openJournal(path: string, reached: () => void = () => {}): Journal {
  let isThere = false
  return {
    path,
    note(undo) {
      reached()
      if (!isThere) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      // Behind a line that the full disk has torn this one must be one of its own.
      writeDurably(path, 'a', `\n${text([undo])}`)
      if (!isThere) syncDirectory(dirname(path))
      isThere = true
      reached()
    },
  }
}

/** What is to be undone by the journal at `path`, in the order of the changes; none where none is. */
export function readJournal(path: string): Undo[] {
  return textOf(path)
    .split('\n')
    .flatMap((each) => {
      try {
        return [line.parse(JSON.parse(each)).undo]
      } catch {
        // The torn last one, of a change that never came.
        return []
      }
    })
}

/** Keeps these of a journal, in its place; the file goes where there are none. */
export function keepInJournal(path: string, kept: readonly Undo[]): void {
  if (kept.length === 0) {
    rmSync(path, { force: true })
    return
  }
  const next = `${path}.next`
  writeDurably(next, 'w', text(kept))
  renameSync(next, path)
  syncDirectory(dirname(path))
}

const text = (undos: readonly Undo[]): string =>
  undos.map((each) => `${JSON.stringify({ undo: each })}\n`).join('')

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function writeDurably(path: string, flags: 'a' | 'w', content: string): void {
  const file = openSync(path, flags, 0o600)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
