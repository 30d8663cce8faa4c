import { describe, expect, test } from 'vitest'
import { defaultPipeline } from '../../src/pipeline/default.ts'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { cases, contentOf, golden } from './golden.ts'

describe('makePlan', () => {
  test.each(cases('plan'))('plan/%s.yml becomes the plans written down', (name) => {
    const { pipeline, problems } = readPipeline(contentOf('plan', `${name}.yml`), 'yaml')
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
    const plans = pipeline?.workflows.map(makePlan) ?? []
    expect(plans).not.toEqual([])
    const json = `${JSON.stringify(plans, null, 2)}\n`
    expect(json).toBe(golden('plan', `${name}.plan.json`, json))
  })

  test('a plan survives being stored as JSON', () => {
    for (const workflow of defaultPipeline().workflows) {
      const plan = makePlan(workflow)
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
    }
  })
})
