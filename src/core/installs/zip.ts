import { buffer } from 'node:stream/consumers'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { MiB } from '../../lib/sizes.ts'

/** Zips that are not read: not sound, or larger than any app is. */
export class NoZip extends Error {
  constructor(why: string, cause?: unknown) {
    super(why, cause === undefined ? undefined : { cause })
    this.name = 'NoZip'
  }
}

/** A large app has some ten thousand files. */
const entriesMax = 50_000
/** Of their names and what else the list says of them; each may be 192 KiB long. */
const listBytesMax = 32 * MiB

/** The files of a zip that were wanted, by name, to be read while it is open. */
export type OpenZip = {
  names: readonly string[]
  /**
   * The bytes of a file; null where there is none. Throws NoZip where it is larger than `bytesMax`:
   * what it says of its size is looked at before a byte is unpacked, and the reader holds it to that.
   */
  read(name: string, bytesMax: number): Promise<Buffer | null>
}

/**
 * Opens a zip for `use`, and closes it. Of its files those are kept that `isWanted`. Names that lead
 * elsewhere, files that are there twice and more than 50,000 files are refused: throws NoZip.
 */
export async function withZip<T>(
  file: string,
  isWanted: (name: string) => boolean,
  use: (zip: OpenZip) => Promise<T>,
): Promise<T> {
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false }).catch(
    (cause: unknown) => {
      throw new NoZip('it is no zip, or its end is missing', cause)
    },
  )
  try {
    const entries = await wantedEntries(zip, isWanted)
    return await use({
      names: [...entries.keys()],
      async read(name, bytesMax) {
        const entry = entries.get(name)
        return entry === undefined ? null : bytesOf(zip, entry, bytesMax)
      },
    })
  } finally {
    zip.close()
  }
}

async function wantedEntries(
  zip: ZipFile,
  isWanted: (name: string) => boolean,
): Promise<Map<string, Entry>> {
  if (zip.entryCount > entriesMax) throw new NoZip(`it holds more than ${entriesMax} files`)
  const wanted = new Map<string, Entry>()
  let listBytes = 0
  try {
    for await (const entry of zip.eachEntry()) {
      listBytes += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
      if (listBytes > listBytesMax) throw new NoZip('its list of files is far too long')
      const name = entry.fileName
      if (!isWanted(name)) continue
      if (wanted.has(name)) throw new NoZip('it holds a file twice')
      wanted.set(name, entry)
    }
  } catch (cause) {
    throw cause instanceof NoZip ? cause : new NoZip('its list of files is not sound', cause)
  }
  return wanted
}

async function bytesOf(zip: ZipFile, entry: Entry, bytesMax: number): Promise<Buffer> {
  if (entry.uncompressedSize > bytesMax) throw new NoZip('a file in it is far too large')
  try {
    return await buffer(await zip.openReadStreamPromise(entry))
  } catch (cause) {
    throw new NoZip('a file in it does not unpack', cause)
  }
}
