import { resolve } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { buildVariables } from '../../src/lib/machine-variables.ts'
import { expand, withVariables } from '../../src/lib/variables.ts'
import { toolRoots } from '../../src/runner/machine-tools.ts'
import { readVariables } from '../../src/runner/variables-file.ts'
import { startBuild, type Build } from './support.ts'

/** The environment that the step at a position began with. */
const environmentIn = (build: Build, position: number): Record<string, string> =>
  Object.fromEntries(
    (build.steps[position]?.stdout ?? '')
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )

const printEnvironment = 'cat /proc/$$/environ'

afterEach(() => vi.unstubAllEnvs())

describe('the environment of a step', () => {
  test('is exactly what was declared, and a few of the machine', async () => {
    vi.stubEnv('OORE_ENCRYPTION_KEY', 'a-key-of-the-server')
    vi.stubEnv('SSH_AUTH_SOCK', '/tmp/agent')
    using build = startBuild({
      steps: [printEnvironment],
      environment: { CI: 'true', CM_BRANCH: 'main' },
      vars: { MINE: 'yes' },
    })
    await build.ended
    const found = environmentIn(build, 1)
    const machine = Object.keys({ ...buildVariables(), ...toolRoots(process.env as never) })
    const names = Object.keys(found)
      .filter((name) => !machine.includes(name))
      .sort()
    expect(names).toEqual([
      'CI',
      'CLICOLOR_FORCE',
      'CM_BRANCH',
      'CM_BUILD_DIR',
      'CM_BUILD_OUTPUT_DIR',
      'CM_ENV',
      'CM_EXPORT_DIR',
      'FCI_BUILD_DIR',
      'FCI_BUILD_OUTPUT_DIR',
      'FCI_EXPORT_DIR',
      'FORCE_COLOR',
      'HOME',
      'LOGNAME',
      'MINE',
      'OORE_BUILD_ID',
      'PATH',
      'PROGRAMS',
      'SHELL',
      'TERM',
      'TMPDIR',
      'USER',
    ])
    expect(found).toMatchObject({
      CI: 'true',
      CM_BUILD_DIR: `${build.root}/clone`,
      FCI_BUILD_DIR: `${build.root}/clone`,
      OORE_BUILD_ID: build.id,
      TMPDIR: `${build.root}/tmp`,
      TERM: 'xterm-256color',
      // Codemagic's own commands come before Oore's.
      PATH: `${process.env['PATH']}:${resolve('bin/tools')}`,
    })
  })

  test('knows the proxy of the machine, and the log does not know its password', async () => {
    vi.stubEnv('https_proxy', 'http://ada:hunter2-secret@proxy.example:3128')
    using build = startBuild({ steps: ['echo "$https_proxy"; echo hunter2-secret'] })
    await build.ended
    expect(build.steps[1]?.stdout).toBe('http://***@proxy.example:3128\n***\n')
  })

  test('takes variables over built-ins, and no other tag than its own', async () => {
    using build = startBuild({
      steps: [printEnvironment],
      environment: { CM_BRANCH: 'main' },
      vars: { CM_BRANCH: 'mine', OORE_BUILD_ID: 'stolen', LD_PRELOAD: '' },
    })
    await build.ended
    expect(environmentIn(build, 1)).toMatchObject({ CM_BRANCH: 'mine', OORE_BUILD_ID: build.id })
  })

  test('is joined by what earlier steps wrote to $CM_ENV', async () => {
    using build = startBuild({
      steps: [
        'echo "VERSION=1.0=beta" >> "$CM_ENV"; printf "NOTES<<END\\none\\n\\ntwo\\nEND\\n" >> "$CM_ENV"',
        'echo "VERSION=2.0" >> "$CM_ENV"; echo "OORE_BUILD_ID=stolen" >> "$CM_ENV"',
        printEnvironment,
      ],
    })
    await build.ended
    expect(environmentIn(build, 3)).toMatchObject({
      VERSION: '2.0',
      NOTES: 'one\n\ntwo',
      OORE_BUILD_ID: build.id,
    })
    expect(build.steps[2]?.stderr).toContain('OORE_BUILD_ID')
  })

  test('does not follow a link that is put in the place of $CM_ENV', async () => {
    using build = startBuild({
      steps: ['ln -sf /etc/passwd "$CM_ENV"', 'rm "$CM_ENV"; mkfifo "$CM_ENV"', 'true'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stderr).toContain('$CM_ENV is not a plain file')
  })
})

describe('withVariables', () => {
  test('expands references to earlier variables, in order', () => {
    const joined = withVariables({ HOME: '/h' }, [
      { name: 'A', value: '$HOME/a' },
      { name: 'B', value: '${A}b:$A' },
      { name: 'A', value: '$A!' },
    ])
    expect(joined).toEqual({ HOME: '/h', A: '/h/a!', B: '/h/ab:/h/a' })
  })

  test('leaves a reference to nothing as it is written', () => {
    const joined = withVariables({}, [
      { name: 'PASSWORD', value: 'pa$$word$' },
      { name: 'LATER', value: '$NEXT ${constructor}' },
      { name: 'NEXT', value: '1' },
    ])
    expect(joined).toEqual({ PASSWORD: 'pa$$word$', LATER: '$NEXT ${constructor}', NEXT: '1' })
  })
})

describe('expand', () => {
  test('names what is missing', () => {
    expect(expand('$A/${B}/c', { A: 'a' })).toEqual({ text: 'a/${B}/c', missing: ['B'] })
  })
})

describe('readVariables', () => {
  test('says nothing of a line but its number where its name is none: it may be half of a secret', () => {
    const text = 'c2VjcmV0/c2VjcmV0==\nhalf secret<<of it\n9lives=1\n'
    const { variables, problems } = readVariables(text)
    expect(variables).toEqual({})
    expect(problems).toEqual(
      [1, 2, 3].map(
        (line) =>
          `$CM_ENV: line ${line} does not begin with a name that a variable can have: write letters, digits and _, no digit first.`,
      ),
    )
  })

  test('reads values as they are', () => {
    const text = 'A=1\nB = 2\nC="q" $A\r\n\nD<<EOF\nx=1\n EOF\nEOF\nE=\n'
    expect(readVariables(text).variables).toEqual({ A: '1', C: '"q" $A', D: 'x=1\n EOF', E: '' })
  })

  for (const [text, told] of [
    ['export A', 'line 1'],
    ['A<<END\nnever closed', '“END”'],
    ['1A=x', 'line 1'],
    ['A=\0', 'NUL'],
  ] as const) {
    test(`reports ${JSON.stringify(text)} and takes nothing from it`, () => {
      const { variables, problems } = readVariables(`${text}\n`)
      expect(problems.join()).toContain(told)
      expect(variables).toEqual({})
    })
  }
})
