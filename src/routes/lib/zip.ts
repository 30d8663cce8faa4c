import { createReadStream, type ReadStream } from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { Artifact } from '../../core/artifacts/artifact.ts'

/**
 * Artifacts as one zip, made while it is read. Where a file cannot be read to its end the stream
 * breaks off; where its reader leaves, the file that is open then is closed.
 */
export function zipOf(files: readonly { artifact: Artifact; file: string }[]): Readable {
  const zip = new ZipFile()
  const out = new PassThrough()
  let open: ReadStream | null = null
  const names = new Set<string>()
  for (const { artifact, file } of files) {
    // Packages are packed already; packing them again costs time and gains nothing.
    const { sizeBytes: size, createdAt } = artifact
    const options = { compress: false, size, mtime: new Date(createdAt) }
    zip.addReadStreamLazy(ownName(safeName(artifact.name), names), options, (ready) => {
      open = createReadStream(file)
      if (out.destroyed) open.destroy()
      open.on('error', (error) => out.destroy(error))
      ready(null, open)
    })
  }
  // Nobody else listens: unheard, it would end the whole server.
  zip.on('error', (error: Error) => out.destroy(error))
  out.on('close', () => open?.destroy())
  zip.outputStream.pipe(out)
  zip.end()
  return out
}

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** A name that unpacks into a file on every system. */
function safeName(name: string): string {
  const plain = name.replace(/[\p{Cc}<>:"/\\|?*]/gu, '_').replace(/[. ]+$/, '_')
  return plain === '' || reserved.test(plain) ? `_${plain}` : plain
}

/** A name that no other file of the zip has; systems that overlook case must tell them apart. */
function ownName(name: string, taken: Set<string>): string {
  for (let count = 1; ; count += 1) {
    const tried = count === 1 ? name : `${count}-${name}`
    if (taken.has(tried.toLowerCase())) continue
    taken.add(tried.toLowerCase())
    return tried
  }
}
