import { describe, expect, test } from 'vitest'
import { readCloneUrl } from '../../../src/scm/git/clone-url.ts'

const remote = { local: false }
const local = { local: true }

describe('readCloneUrl', () => {
  test.each([
    ['https://git.example.com/team/app.git', 'team', 'app'],
    ['  https://GIT.example.com/team/app/  ', 'team', 'app'],
    ['https://git.example.com:8443/group/sub/app.git', 'group/sub', 'app'],
    ['https://git.example.com/app.git', 'git.example.com', 'app'],
    ['ssh://git@git.example.com:2222/team/app.git', 'team', 'app'],
    ['git@git.example.com:team/app.git', 'team', 'app'],
    ['git.example.com:app', 'git.example.com', 'app'],
    ['https://git.example.com/Jos%C3%A9/app.git', 'José', 'app'],
    ['https://bücher.example/büro/größe.git', 'büro', 'größe'],
    ['https://[2001:db8::1]/team/app.git', 'team', 'app'],
  ])('takes %s', (text, owner, name) => {
    expect(readCloneUrl(text, remote)).toMatchObject({ owner, name, fullName: `${owner}/${name}` })
  })

  test('normalises the host and the end, and leaves the rest as typed', () => {
    expect(readCloneUrl('HTTPS://Git.Example.com/Team/App/', remote).url).toBe(
      'https://git.example.com/Team/App',
    )
    expect(readCloneUrl('git@Git.Example.com:Team/app.git', remote).url).toBe(
      'git@git.example.com:Team/app.git',
    )
  })

  test.each([
    ['file:///srv/git/app.git', 'file:///srv/git/app.git', 'git', 'app'],
    ['FILE:///srv/git/app.git', 'file:///srv/git/app.git', 'git', 'app'],
    ['file://localhost/srv/team/app/', 'file:///srv/team/app', 'team', 'app'],
    ['file:///srv/team/app/.git', 'file:///srv/team/app/.git', 'team', 'app'],
    ['file:///app.git', 'file:///app.git', 'local', 'app'],
    ['http://127.0.0.1:3000/team/app.git', 'http://127.0.0.1:3000/team/app.git', 'team', 'app'],
  ])('takes %s where the operator allows it, and only there', (text, url, owner, name) => {
    expect(readCloneUrl(text, local)).toMatchObject({
      url,
      owner,
      name,
      fullName: `${owner}/${name}`,
    })
    expect(() => readCloneUrl(text, remote)).toThrow(expect.objectContaining(refusal))
  })

  test.each([
    ['an option', '--upload-pack=touch MARK'],
    ['an option', '-uMARK'],
    ['a helper', 'ext::sh -c touch% MARK'],
    ['a helper', 'fd::17'],
    ['a local file', 'file:///etc'],
    ['a local file', 'FILE:///etc'],
    ['a path', '/srv/git/app.git'],
    ['a path', './app'],
    ['a path', 'C:\\code\\app'],
    ['an option of ssh', 'ssh://-oProxyCommand=touch/x'],
    ['an option of ssh', 'git@-oProxyCommand=x:y'],
    ['an option of ssh', '-oProxyCommand=x@host:y'],
    ['an option of ssh', 'ssh://u@-x/app'],
    ['an option of ssh', 'ssh://-u@host/app'],
    ['an option of git', 'git@host:-app'],
    ['an option of git', 'https://host/team/-app'],
    ['an encoded option', 'https://host/team/%2dapp'],
    ['a new line', 'https://host/team/app\n'],
    ['a carriage return', 'https://host/team\r/app'],
    ['a null', 'https://host/team/app\0'],
    ['an encoded new line', 'https://host/team/app%0a'],
    ['an encoded null', 'https://host/team/%00app'],
    ['a turned direction', 'https://host/team/\u202eppa'],
    ['a wrong percent', 'https://host/team/100%'],
    ['a password', 'https://user:hunter2@host/team/app'],
    ['a token', 'https://ghp_abcdef@host/team/app'],
    ['a password for ssh', 'ssh://git:hunter2@host/team/app'],
    ['plain http', 'http://host/team/app'],
    ['plain git', 'git://host/team/app'],
    ['another scheme', 'javascript://host/x'],
    ['a backslash', 'https://good.example\\@evil.example/app'],
    ['a way out', 'https://host/team/../../etc'],
    ['an encoded way out', 'https://host/team/%2e%2e/etc'],
    ['an encoded slash', 'https://host/team%2fapp'],
    ['a query', 'https://host/team/app?x=1'],
    ['a fragment', 'https://host/team/app#readme'],
    ['no repository', 'https://host/'],
    ['no host', 'https:///team/app'],
    ['a wrong port', 'https://host:port/team/app'],
    ['nothing', '   '],
    ['too much', `https://host/${'a'.repeat(2000)}`],
  ])('refuses %s: %j', (_what, text) => {
    expect(() => readCloneUrl(text, remote)).toThrow(expect.objectContaining(refusal))
  })

  test.each([
    'ext::sh',
    'http://10.0.0.1/app',
    'http://127.0.0.1.evil.example/app',
    'file://host/srv/app',
    'file:///srv/../etc',
    'file:///-app',
  ])('refuses %s even where local repositories are allowed', (text) => {
    expect(() => readCloneUrl(text, local)).toThrow(expect.objectContaining(refusal))
  })

  test('says where a credential belongs, and does not repeat it', () => {
    const attempt = () => readCloneUrl('https://user:hunter2@host/team/app', remote)
    expect(attempt).toThrow(/clone_username and clone_password/)
    expect(attempt).not.toThrow(/hunter2/)
  })
})

const refusal = {
  trouble: 'invalid',
  fields: [{ field: 'clone_url', message: expect.stringMatching(/\.$|number|percent sign/) }],
}
