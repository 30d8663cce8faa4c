import { crc32, deflate, inflateRaw } from 'node:zlib'
import { promisify } from 'node:util'

/*
 * Xcode stores the icons of apps as PNGs that only Apple's own software draws: a chunk `CgBI` comes
 * first, the picture is packed without zlib's header, and red and blue have changed places
 * (https://theapplewiki.com/wiki/PNG_CgBI_Format).
 */

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** Icons of apps are 180 pixels wide, those of stores 1024. */
const pixelsMax = 1024
const bytesPerPixel = 4

const unpack = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw)
const pack = promisify<Uint8Array, Buffer>(deflate)

type Chunk = { type: string; data: Buffer }

/**
 * A PNG as every browser draws it: an Apple one is written anew, another is returned as it is. Null
 * for what is no PNG, or an Apple one of a form that icons do not have.
 */
export async function plainPng(bytes: Buffer): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks = chunksOf(bytes)
  const header = chunks?.find(({ type }) => type === 'IHDR')?.data
  if (chunks === null || header?.length !== 13) return null
  if (chunks[0]?.type !== 'CgBI') return new Uint8Array(bytes)

  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [depth, colours, , , interlace] = header.subarray(8)
  const isPlain = depth === 8 && colours === 6 && interlace === 0
  if (!isPlain || width < 1 || height < 1 || width > pixelsMax || height > pixelsMax) return null

  const packed = Buffer.concat(chunks.flatMap(({ type, data }) => (type === 'IDAT' ? [data] : [])))
  const rowBytes = 1 + width * bytesPerPixel
  const rows = await unpack(packed, { maxOutputLength: rowBytes * height }).catch(() => null)
  if (rows?.length !== rowBytes * height) return null
  changeRedAndBlue(rows, rowBytes)
  return new Uint8Array(
    Buffer.concat([
      signature,
      written({ type: 'IHDR', data: header }),
      written({ type: 'IDAT', data: await pack(rows) }),
      written({ type: 'IEND', data: Buffer.alloc(0) }),
    ]),
  )
}

/**
 * PNG's filters work on each colour by itself, so the colours change places in filtered rows as
 * well. Colours multiplied by their transparency stay so: icons have none.
 */
function changeRedAndBlue(rows: Buffer, rowBytes: number): void {
  for (let row = 0; row < rows.length; row += rowBytes) {
    for (let at = row + 1; at < row + rowBytes; at += bytesPerPixel) {
      const red = rows[at + 2] ?? 0
      rows[at + 2] = rows[at] ?? 0
      rows[at] = red
    }
  }
}

function chunksOf(bytes: Buffer): Chunk[] | null {
  if (!bytes.subarray(0, signature.length).equals(signature)) return null
  const chunks: Chunk[] = []
  let at = signature.length
  while (at + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(at)
    if (at + 12 + length > bytes.length) return null
    const type = bytes.toString('latin1', at + 4, at + 8)
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) })
    if (type === 'IEND') return chunks
    at += 12 + length
  }
  return null
}

function written({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}
