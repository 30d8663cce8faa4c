import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/config.ts'

const key = 'c0ffee'.padEnd(64, '0123456789')

describe('readConfig', () => {
  test('needs a key and nothing else on loopback', () => {
    const config = readConfig({ ENCRYPTION_KEY: key })
    expect(config).toMatchObject({
      bind: { host: '127.0.0.1', port: 8080 },
      adminToken: null,
      maxConcurrentBuilds: 2,
      allowLocalRepositories: false,
    })
  })

  test('names variables that look like settings and are none', () => {
    const { unknownNames } = readConfig({
      ENCRYPTION_KEY: key,
      OORE_MAX_STEP_DURATION: '5',
      OORE_MAX_STEP_DURATION_SECS: '5',
      OORE_TOKEN: 'of the command',
    })
    expect(unknownNames).toEqual(['OORE_MAX_STEP_DURATION'])
  })

  test.each([
    ['ENCRYPTION_KEY', { ENCRYPTION_KEY: key.slice(1) }],
    ['ENCRYPTION_KEY', { ENCRYPTION_KEY: 'g'.repeat(64) }],
    ['ENCRYPTION_KEY', { ENCRYPTION_KEY: '0'.repeat(64) }],
    ['ENCRYPTION_KEY', {}],
    ['OORE_ADMIN_TOKEN', { ENCRYPTION_KEY: key, OORE_BIND_ADDRESS: '0.0.0.0:80' }],
    ['OORE_ADMIN_TOKEN', { ENCRYPTION_KEY: key, OORE_ADMIN_TOKEN: 'short' }],
    ['OORE_BASE_URL', { ENCRYPTION_KEY: key, OORE_BASE_URL: 'https://x.example/path' }],
    ['OORE_BIND_ADDRESS', { ENCRYPTION_KEY: key, OORE_BIND_ADDRESS: '8080' }],
    ['OORE_TRUSTED_PROXIES', { ENCRYPTION_KEY: key, OORE_TRUSTED_PROXIES: '10.0.0.0/33' }],
  ])('a mistake in %s is told by name', (name, environment) => {
    expect(mistakesOf(environment).map((mistake) => mistake.name)).toEqual([name])
  })

  test('no mistake tells a password', () => {
    const mistakes = mistakesOf({
      ENCRYPTION_KEY: 'my-secret-key',
      OORE_ADMIN_TOKEN: 'my-secret-token',
      OORE_BASE_URL: 'https://user:my-secret-word@ci.example.com',
      DATABASE_URL: 'postgres://user:my-secret-word@db.example.com/oore',
    })
    expect(mistakes).toHaveLength(4)
    expect(JSON.stringify(mistakes)).not.toContain('my-secret')
  })
})

function mistakesOf(environment: Record<string, string>) {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
  }
  throw new Error('nothing was found wrong')
}
