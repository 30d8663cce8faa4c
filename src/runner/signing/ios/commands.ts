/*
 * What is said to Apple's programs, as data. Sources: security(1) and codesign(1).
 *
 * `security` takes passwords as arguments, which every process of the machine can read. Its
 * interactive mode, `security -i`, takes the same commands as lines of stdin, so whatever holds a
 * password is said there.
 */

export type Said = { command: readonly string[]; input?: string }

/** Programs of Apple's that may use a key without asking. */
const trusted = ['codesign', 'productsign', 'productbuild', 'security']

export const createKeychain = (keychain: string, password: string): Said =>
  interactive('create-keychain', '-p', password, keychain)

/** Without a time after which it locks: it is deleted with its build. */
export const keepUnlocked = (keychain: string): Said => ({
  command: ['security', 'set-keychain-settings', keychain],
})

/** After so many seconds without use, and when the machine sleeps. */
export const lockAfter = (keychain: string, seconds: number): Said => ({
  command: ['security', 'set-keychain-settings', '-lut', String(seconds), keychain],
})

export const lockKeychain = (keychain: string): Said => ({
  command: ['security', 'lock-keychain', keychain],
})

export const unlockKeychain = (keychain: string, password: string): Said =>
  interactive('unlock-keychain', '-p', password, keychain)

export const deleteKeychain = (keychain: string): Said => ({
  command: ['security', 'delete-keychain', keychain],
})

/** `format` is `pkcs12`, or `openssl` where that is not understood (macOS 15). */
export const importIdentity = (
  keychain: string,
  p12: { path: string; password: string; format: 'pkcs12' | 'openssl' },
): Said =>
  interactive(
    ...['import', p12.path, '-f', p12.format, '-k', keychain, '-P', p12.password],
    ...trusted.flatMap((program) => ['-T', `/usr/bin/${program}`]),
  )

export const importCertificate = (keychain: string, path: string): Said => ({
  command: ['security', 'import', path, '-k', keychain],
})

/** Without this, codesign fails with errSecInternalComponent, or waits for a click nobody sees. */
export const allowApplesTools = (keychain: string, password: string): Said =>
  interactive(
    ...['set-key-partition-list', '-S', 'apple-tool:,apple:,codesign:'],
    ...['-s', '-k', password, keychain],
  )

export const readSearchList: Said = { command: ['security', 'list-keychains', '-d', 'user'] }

export const setSearchList = (keychains: readonly string[]): Said => ({
  command: ['security', 'list-keychains', '-d', 'user', '-s', ...keychains],
})

export const readDefaultKeychain: Said = { command: ['security', 'default-keychain', '-d', 'user'] }

/** Null unsets it. */
export const setDefaultKeychain = (keychain: string | null): Said => ({
  command: ['security', 'default-keychain', '-d', 'user', '-s', ...(keychain ? [keychain] : [])],
})

/** Those that can sign code, or with `-v` left out also those that cannot, each with the reason. */
export const findIdentities = (
  keychain: string,
  policy: 'codesigning' | 'basic',
  onlyValid: boolean,
): Said => ({
  command: ['security', 'find-identity', ...(onlyValid ? ['-v'] : []), '-p', policy, keychain],
})

/**
 * Certificates in PEM, all of them or those with a text in their common name; of the whole search list
 * where no keychain is named.
 */
export const findCertificates = (
  commonName: string | null,
  keychains: readonly string[],
): Said => ({
  command: [
    ...['security', 'find-certificate', '-a', ...(commonName === null ? [] : ['-c', commonName])],
    ...['-p', ...keychains],
  ],
})

/** Without a time stamp: that needs the network, and nobody keeps what is signed here. */
export const signFile = (path: string, sha1: string, keychain: string): Said => ({
  command: [
    ...['codesign', '--force', '--sign', sha1.toUpperCase(), '--keychain', keychain],
    ...['--timestamp=none', path],
  ],
})

export const xcodeVersion: Said = { command: ['xcodebuild', '-version'] }

/** `    "/Users/me/Library/Keychains/login.keychain-db"`, one a line. */
export const keychainsIn = (output: string): string[] =>
  [...output.matchAll(/^\s*"(.*)"\s*$/gm)].map(([, path = '']) => path)

/** `  1) 0123…CDEF "Apple Distribution: Lumen" (CSSMERR_TP_CERT_EXPIRED)` */
export const identitiesIn = (output: string): { sha1: string; trouble: string | null }[] =>
  [...output.matchAll(/^\s*\d+\) ([0-9A-Fa-f]{40}) ".*?"(?: \((\w+)\))?\s*$/gm)].map(
    ([, sha1 = '', trouble]) => ({ sha1: sha1.toLowerCase(), trouble: trouble ?? null }),
  )

/** `Xcode 16.2` → `16.2`; null where there is no such line. */
export const versionIn = (output: string): string | null =>
  /^Xcode (\d+(?:\.\d+)*)/m.exec(output)?.[1] ?? null

function interactive(...words: string[]): Said {
  return { command: ['security', '-i'], input: `${words.map(quoted).join(' ')}\n` }
}

/** As `security` splits its lines: in double quotes, with backslashes. */
function quoted(word: string): string {
  if (/[\r\n\0]/.test(word)) throw new Error('a word for `security` holds the end of a line')
  return /^[\w./:,=@%+-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`
}
