import type { ArtifactKind } from './artifact.ts'

const kinds: readonly [RegExp, ArtifactKind][] = [
  [/\.apk$/i, 'apk'],
  [/\.aab$/i, 'aab'],
  [/\.ipa$/i, 'ipa'],
  [/(\.dSYM(\.zip)?|^mapping\.txt)$/i, 'symbols'],
  [/\.(app|xcarchive)(\.zip)?$/i, 'app'],
  [/\.(zip|tar|tgz|tar\.gz|tar\.xz|jar|aar|7z|dmg|pkg|msix)$/i, 'archive'],
  [/\.(log|txt|xml|json|md)$/i, 'log'],
]

/** What an artifact is, as far as its name tells. */
export const kindOf = (name: string): ArtifactKind =>
  kinds.find(([pattern]) => pattern.test(name))?.[1] ?? 'file'

// Only types that no browser runs or draws on Oore's own address; the rest are bytes.
const contentTypes: readonly [RegExp, string][] = [
  [/\.apk$/i, 'application/vnd.android.package-archive'],
  [/\.(zip|ipa|aar)$/i, 'application/zip'],
  [/\.(tgz|gz)$/i, 'application/gzip'],
  [/\.json$/i, 'application/json'],
  [/\.(log|txt|md|xml|html?|svg)$/i, 'text/plain; charset=utf-8'],
]

/** What an artifact is served as. */
export const contentTypeOf = (name: string): string =>
  contentTypes.find(([pattern]) => pattern.test(name))?.[1] ?? 'application/octet-stream'
