import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import {
  configFileNames,
  defaultPipeline,
  formatOf,
  starterConfiguration,
} from '../../src/pipeline/default.ts'
import { readPipeline } from '../../src/pipeline/read.ts'

describe('defaultPipeline', () => {
  test('its one step says what to write, and succeeds', () => {
    const [workflow, ...others] = defaultPipeline().workflows
    expect(others).toEqual([])
    expect(workflow).toMatchObject({ id: 'default', name: 'No configuration yet' })
    const said = execFileSync('sh', ['-c', workflow?.scripts[0]?.script ?? 'exit 1'], {
      encoding: 'utf8',
    })
    for (const name of configFileNames) expect(said).toContain(name)
    expect(said).toContain(starterConfiguration.trimEnd())
  })

  test('what it says to write is read without a problem', () => {
    const { pipeline, problems } = readPipeline(starterConfiguration, 'yaml')
    expect(problems).toEqual([])
    expect(pipeline?.workflows[0]?.triggering.events).toEqual(['push'])
  })

  test('Oore’s own files go before codemagic.yaml', () => {
    expect(configFileNames).toEqual(['oore.yaml', 'oore.huml', 'codemagic.yaml'])
  })

  test('the name of a file says its format', () => {
    const names = [...configFileNames, 'A.HUML', 'huml', 'x.yml', '-']
    expect(names.filter((name) => formatOf(name) === 'huml')).toEqual(['oore.huml', 'A.HUML'])
  })
})
