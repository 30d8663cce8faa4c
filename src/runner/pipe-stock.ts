import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { makePipes } from './process.ts'

/** How many more than are needed are made in one go. */
const spareMax = 64

/** The names of the pipes that lie ready, by their directory. */
const stocks = new Map<string, string[]>()

/**
 * Puts a new named pipe into `to` for each name. They come from a stock, because making them takes
 * a program of its own, however many: that would cost a short build a tenth of its time.
 */
export async function takePipes(
  { stock, searchPath }: { stock: string; searchPath: string },
  to: string,
  names: readonly string[],
): Promise<void> {
  const ready = stocks.get(stock) ?? openStock(stock)
  if (ready.length < names.length) {
    const made = Array.from({ length: names.length + spareMax }, () => randomUUID())
    mkdirSync(stock, { recursive: true, mode: 0o700 })
    await makePipes(stock, made, searchPath)
    ready.push(...made)
  }
  // What someone tidied away is made on the spot.
  const lacking = names.filter((name) => !move(join(stock, ready.pop() ?? ''), join(to, name)))
  if (lacking.length > 0) await makePipes(to, lacking, searchPath)
}

function move(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch {
    return false
  }
}

/** What an earlier runner left is as good as new: a pipe is used once, and then taken away. */
function openStock(directory: string): string[] {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const ready = readdirSync(directory)
  stocks.set(directory, ready)
  return ready
}
