import type { Id } from '../../lib/ids.ts'
import type { Install, Package } from './install.ts'

/** Packages that are remembered, each with an icon of at most a few hundred KiB. */
const keptMax = 32

/** Reads the package behind an install link; one that was read is remembered for a while. */
export type PackageReader = (install: Install) => Promise<Package>

/**
 * Makes a reader. An artifact never changes, so what was read of it stays true; many who open a link
 * at once wait for one reading.
 */
export function packageReader(): PackageReader {
  const kept = new Map<Id, Promise<Package>>()
  return (install) => {
    const { id } = install.artifact
    const reading = kept.get(id) ?? readPackage(install)
    // Taken out and put in again, so that the one that was asked for longest ago comes first.
    kept.delete(id)
    kept.set(id, reading)
    reading.catch(() => kept.delete(id))
    const [oldest] = kept.keys()
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest)
    return reading
  }
}

async function readPackage({ artifact, file }: Install): Promise<Package> {
  if (artifact.kind !== 'ipa') return { is: 'unopened' }
  // What reads zips and property lists is loaded when a link is first opened.
  const { readIpa } = await import('./ipa.ts')
  return readIpa(file)
}
