import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A key and a certificate for an address, in PEM, that nobody has signed but itself. */
export function selfSigned(address: string): { key: string; cert: string } {
  const dir = mkdtempSync(join(tmpdir(), 'oore-certificate-'))
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  try {
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const subject = ['-subj', '/CN=Fake forge', '-addext', `subjectAltName=IP:${address}`]
    const files = ['-keyout', key, '-out', cert]
    execFileSync('openssl', ['req', '-x509', '-days', '30', ...kind, ...subject, ...files], {
      stdio: 'ignore',
    })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(dir, { recursive: true })
  }
}
