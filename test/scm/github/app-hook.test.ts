import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { readAppHook } from '../../../src/scm/github/app/hook.ts'
import { manifestFor, missingPermissions } from '../../../src/scm/github/app/manifest.ts'
import { forgeHeaders, payloadNames, payloadText } from '../../support/payloads.ts'

const secret = 'a-webhook-secret-of-tests'

const read = (name: string, changes: Record<string, string> = {}) => {
  const body = payloadText('github', name, changes)
  const headers = forgeHeaders('github', name, body, secret)
  return readAppHook({ headers, body: Buffer.from(body), secret: new Secret(secret) })
}

describe('the webhook of the App', () => {
  test('reads what GitHub really sends when an account installs it', () => {
    expect(read('installation.created')).toMatchObject({
      is: 'verified',
      event: 'installation',
      about: { installation: '40112233', repository: null },
      happened: {
        is: 'installation',
        what: 'created',
        installation: {
          externalId: '40112233',
          account: { login: 'lumen-apps', id: '9012345', type: 'Organization' },
          selection: 'selected',
          suspendedAt: null,
        },
        repositories: [
          {
            externalId: '756123890',
            fullName: 'lumen-apps/wallet',
            isPrivate: true,
            isArchived: null,
            defaultBranch: null,
          },
        ],
      },
    })
  })

  test('reads every event that a repository’s own webhook reads, and whom it is about', () => {
    for (const name of payloadNames('github')) {
      const reading = read(name)
      expect([name, reading.is]).toEqual([name, 'verified'])
      if (name.startsWith('push')) expect(reading.about.repository).toMatch(/^\d+$/)
    }
  })

  test('takes no name of a repository that could lead a clone elsewhere', () => {
    for (const name of ['../../etc', 'lumen/..', '-x/wallet', 'lumen/wal let', 'a/b/c', 'x@y/z']) {
      const changes = { 'lumen-apps/wallet': name }
      expect(() => read('installation.created', changes)).toThrow('full_name')
    }
  })
})

test('the name of an App fits what GitHub takes, whatever the host is called', () => {
  const long = manifestFor(new URL('https://a-very-long-name.of-a-host.in.lumen.example/'), '4f2a')
  expect(long.name.length).toBeLessThanOrEqual(34)
  expect(long.name).toMatch(/^Oore a-very-long-name\.of-a.* 4f2a$/)
})

test('what is missing is told by level, and of organizations only what people do not have', () => {
  const granted = {
    contents: 'read',
    metadata: 'read',
    checks: 'read',
    statuses: 'write',
    pull_requests: 'admin',
  } as const
  expect(missingPermissions(granted, false)).toEqual(['checks: write'])
  expect(missingPermissions(granted, true)).toEqual(['checks: write', 'members: read'])
})
