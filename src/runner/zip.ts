import { constants } from 'node:fs'
import { access, lstat, readdir, readlink, type FileHandle } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { isInside } from './working-directory.ts'

const linkMode = 0o120777

export type LeftOut = { path: string; why: string }

export type Zip = {
  stream: Readable
  /** What is inside the directory and not in the zip, and why, as half a sentence. */
  leftOut: LeftOut[]
  /** Lets go of the file that is being read, when the stream was not read to its end. */
  close(): void
}

/**
 * A zip of a directory, made while it is read, its paths beginning with `name`. Modes, times and
 * links inside the directory are kept: an app bundle breaks without them. `openFile` opens a file
 * or says why it must not be read, which ends the stream with an error; `whyNot` says of one that
 * does not belong in it.
 */
export async function zipOf(
  directory: string,
  name: string,
  openFile: (path: string) => Promise<FileHandle | string>,
  whyNot: (path: string) => string | null = () => null,
): Promise<Zip> {
  const zip = new ZipFile()
  const stream = zip.outputStream as Readable
  const leftOut: LeftOut[] = []
  const leave = (path: string, why = 'no plain file inside') => leftOut.push({ path, why })
  let reading: Readable | null = null
  zip.on('error', (error: Error) => stream.destroy(error))
  await addDirectory('')
  zip.end()
  return { stream, leftOut, close: () => reading?.destroy() }

  async function addDirectory(inside: string) {
    const entries = await readdir(join(directory, inside), { withFileTypes: true })
    if (entries.length === 0) zip.addEmptyDirectory(entryName(join(name, inside)))
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(inside, entry.name)
      if (entry.isDirectory()) await addDirectory(path)
      else if (entry.isFile()) await addFile(path)
      else if (entry.isSymbolicLink()) await addLink(path)
      else leave(path)
    }
  }

  async function addFile(path: string) {
    const file = join(directory, path)
    const why = whyNot(file)
    if (why !== null) return void leave(path, why)
    if (!(await isReadable(file))) return void leave(path)
    const { mode, mtime } = await lstat(file)
    zip.addReadStreamLazy(entryName(join(name, path)), { mode, mtime }, (give) => {
      open(file).then(
        (opened) => give(null, opened),
        (error: unknown) => give(error, Readable.from([])),
      )
    })
  }

  async function open(path: string): Promise<Readable> {
    const file = await openFile(path)
    if (typeof file === 'string') throw new Error(`${path} was left out of the zip: ${file}`)
    reading = file.createReadStream()
    return reading
  }

  async function addLink(path: string) {
    const target = await readlink(join(directory, path))
    const leadsTo = resolve(directory, dirname(path), target)
    if (isAbsolute(target) || !isInside(leadsTo, directory)) leave(path)
    else {
      const entry = entryName(join(name, path))
      zip.addBuffer(Buffer.from(target), entry, { mode: linkMode, compress: false })
    }
  }
}

// Zips have no backslash in names: it is read as a slash, and yazl refuses what then leads out.
const entryName = (path: string): string => path.replaceAll('\\', '_')

const isReadable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
