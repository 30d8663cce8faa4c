import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import {
  configFileNames,
  defaultPipeline,
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

  test('oore.yaml goes before codemagic.yaml', () => {
    expect(configFileNames).toEqual(['oore.yaml', 'codemagic.yaml'])
  })
})
