import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dictionaryAt, textAt } from '../../src/lib/plist/plist.ts'
import { readPlist } from '../../src/lib/plist/read.ts'
import { writeXmlPlist } from '../../src/lib/plist/write.ts'
import { signer } from './apple-files.ts'

/** Where a profile wants its answer, and what is in it: what a phone does with it by itself. */
export function answerTo(
  profile: Uint8Array,
  phone: Record<string, string>,
): { url: string; body: Uint8Array<ArrayBuffer> } {
  const content = dictionaryAt(readPlist(Buffer.from(profile)), 'PayloadContent')
  const challenge = textAt(content, 'Challenge') ?? ''
  const signed = signedBy({ ...phone, CHALLENGE: challenge })
  return { url: textAt(content, 'URL') ?? '', body: new Uint8Array(signed) }
}

/**
 * What an iPhone sends: the list that it was asked for, signed by its own certificate, which is named
 * by its issuer or by its key.
 */
export function signedBy(
  list: Record<string, string>,
  digest = 'sha256',
  byKey = false,
  more: readonly string[] = [],
): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'oore-phone-'))
  const at = (name: string) => join(directory, name)
  try {
    if (byKey) {
      const subject = ['-subj', '/CN=An iPhone', '-keyout', at('key.pem'), '-out', at('cert.pem')]
      const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      execFileSync('openssl', ['req', '-x509', ...kind, ...subject], { stdio: 'ignore' })
    } else {
      const { key, certificate } = signer()
      writeFileSync(at('key.pem'), key)
      writeFileSync(at('cert.pem'), certificate)
    }
    writeFileSync(at('list'), writeXmlPlist(list))
    const named = byKey ? ['-keyid'] : []
    const sign = [
      'cms',
      '-sign',
      '-binary',
      '-nodetach',
      '-md',
      digest,
      ...named,
      '-outform',
      'der',
    ]
    const who = ['-signer', at('cert.pem'), '-inkey', at('key.pem')]
    execFileSync('openssl', [...sign, ...who, ...more, '-in', at('list'), '-out', at('signed')])
    return readFileSync(at('signed'))
  } finally {
    rmSync(directory, { recursive: true })
  }
}
