import { describe, expect, test } from 'vitest'
import type { Artifact } from '../../../src/core/artifacts/artifact.ts'
import { installLinkOf, linkLifeMs, qrImageOf, readToken } from '../../../src/core/installs/link.ts'
import { days } from '../../../src/lib/clock.ts'
import { openKeyring } from '../../../src/lib/crypto.ts'
import { newId } from '../../../src/lib/ids.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { makeServices } from '../../support/ctx.ts'

const artifactAt = (createdAt: number, changes: Partial<Artifact> = {}): Artifact => ({
  id: newId(),
  buildId: newId(),
  name: 'app.apk',
  path: 'out/app.apk',
  sizeBytes: 10,
  sha256: 'a'.repeat(64),
  contentType: 'application/vnd.android.package-archive',
  kind: 'apk',
  createdAt,
  ...changes,
})

const tokenOf = (link: URL | null): string => link?.pathname.split('/')[2] ?? ''

describe('installLinkOf', () => {
  test('is the same until its end comes near, and then lasts a week more', async () => {
    await using services = await makeServices()
    const artifact = artifactAt(services.clock())
    const endsAt = () => readToken(services, tokenOf(installLinkOf(services, artifact)))?.endsAt
    const first = installLinkOf(services, artifact)?.href
    expect(endsAt()).toBe(artifact.createdAt + linkLifeMs)
    services.advance(days(5.9))
    expect(installLinkOf(services, artifact)?.href).toBe(first)
    services.advance(days(0.2))
    expect(endsAt()).toBe(artifact.createdAt + 2 * linkLifeMs)
    services.advance(days(365))
    const left = (endsAt() ?? 0) - services.clock()
    expect(left).toBeGreaterThanOrEqual(days(1))
    expect(left).toBeLessThanOrEqual(days(8))
  })

  test('is another for each artifact, and on the address that people use', async () => {
    await using services = await makeServices({ OORE_BASE_URL: 'https://ci.example' })
    const [one, other] = [1, 2].map(() => installLinkOf(services, artifactAt(services.clock())))
    expect(one?.origin).toBe('https://ci.example')
    expect(one?.href).not.toBe(other?.href)
    expect(qrImageOf(one!).href).toBe(`${one?.href}/qr.png`)
  })

  test('is none for what no phone installs', async () => {
    await using services = await makeServices()
    for (const kind of ['aab', 'app', 'archive', 'symbols', 'log', 'file'] as const) {
      const artifact = artifactAt(services.clock(), { kind })
      expect([kind, installLinkOf(services, artifact)]).toEqual([kind, null])
    }
  })
})

describe('readToken', () => {
  test('knows what this key signed, and nothing else', async () => {
    await using services = await makeServices()
    const artifact = artifactAt(services.clock())
    const token = tokenOf(installLinkOf(services, artifact))
    expect(readToken(services, token)).toEqual({
      artifactId: artifact.id,
      endsAt: artifact.createdAt + linkLifeMs,
    })
    const [id = '', seconds = '', signature = ''] = token.split('.')
    const last = signature.at(-1) ?? ''
    // The last character carries two bits that mean nothing: they too must be as they were.
    const twin = String.fromCharCode(last.charCodeAt(0) + 1)
    const strange = [
      '',
      `${newId()}.${seconds}.${signature}`,
      `${id}.${Number(seconds) + 1}.${signature}`,
      `${id}.0${seconds}.${signature}`,
      `${id}.${seconds}`,
      `${id}.${seconds}.`,
      `${id}.${seconds}.${signature.slice(1)}`,
      `${id}.${seconds}.${signature.slice(0, -1)}${twin}`,
      `${id}.${seconds}.${signature}=`,
      `${id.toLowerCase()}.${seconds}.${signature}`,
      `${token}.more`,
      `${token}\n`,
    ]
    for (const each of strange) expect([each, readToken(services, each)]).toEqual([each, null])
  })

  test('another key, and another purpose of the same key, sign otherwise', async () => {
    await using services = await makeServices()
    const token = tokenOf(installLinkOf(services, artifactAt(services.clock())))
    const keyring = openKeyring(new Secret('beef'.padEnd(64, '0123456789')))
    expect(readToken({ keyring }, token)).toBeNull()
    const [claim, signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.split('.')[2]]
    expect(services.keyring.hasSigned(signature, claim, 'install-link')).toBe(true)
    expect(services.keyring.hasSigned(signature, claim, 'another')).toBe(false)
  })
})
