import { describe, expect, test } from 'vitest'
import {
  buildVariables,
  networkVariables,
  proxySecrets,
  runnerVariables,
} from '../../src/lib/machine-variables.ts'

const machine = {
  PATH: '/bin',
  TMPDIR: '/tmp',
  LC_ALL: 'C',
  PUB_CACHE: '/pub',
  HTTPS_PROXY: 'http://proxy:3128',
  no_proxy: 'localhost',
  SSL_CERT_FILE: '/ca.pem',
  ENCRYPTION_KEY: 'the key',
  SSH_AUTH_SOCK: '/agent',
}

describe('the variables of the machine', () => {
  const network = {
    HTTPS_PROXY: 'http://proxy:3128',
    no_proxy: 'localhost',
    SSL_CERT_FILE: '/ca.pem',
  }
  const tools = { LC_ALL: 'C', PUB_CACHE: '/pub' }

  test('git gets how the network is reached', () => {
    expect(networkVariables(machine)).toEqual(network)
  })

  test('a build gets that and where the tools are', () => {
    expect(buildVariables(machine)).toEqual({ ...network, ...tools })
  })

  test('the runner gets all it has to hand on, and no secret of the server', () => {
    const own = { PATH: '/bin', TMPDIR: '/tmp' }
    expect(runnerVariables(machine)).toEqual({ ...own, ...network, ...tools })
  })
})

describe('proxySecrets', () => {
  for (const [address, secrets] of [
    ['http://proxy:3128', []],
    ['http://ada:p%40ss@proxy:3128/', ['ada:p%40ss', 'p%40ss', 'p@ss']],
    ['ada:100%@proxy', ['ada:100%', '100%', '100%']],
    ['socks5h://token@proxy', ['token', 'token', 'token']],
  ] as const) {
    test(`of ${address}`, () => expect(proxySecrets({ HTTPS_PROXY: address })).toEqual(secrets))
  }

  test('looks at proxies only', () => {
    expect(proxySecrets({ NO_PROXY: 'example.com', PUB_CACHE: 'a:b@c' })).toEqual([])
  })
})
