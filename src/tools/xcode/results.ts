import { z } from 'zod'
import { xmlText } from '../../lib/xml-text.ts'

/*
 * What `xcrun xcresulttool get test-results tests` tells, as its own schema has it (`--schema`; Xcode
 * 16 and later): plans, bundles, suites and test cases, one in another.
 */

type Node = z.infer<typeof node>
const node = z.object({
  name: z.string(),
  nodeType: z.string(),
  nodeIdentifier: z.string().optional(),
  /** `Passed`, `Failed`, `Skipped`, `Expected Failure`, `unknown`. */
  result: z.string().optional(),
  /** `0.25s`, `1m 3s`, in the language of the account. */
  duration: z.string().optional(),
  durationInSeconds: z.number().optional(),
  get children() {
    return z.array(node).optional()
  },
})

/** All tests of one run. */
export const testResults = z.object({
  devices: z.array(z.object({ deviceName: z.string(), osVersion: z.string() })).optional(),
  testNodes: z.array(node),
})

type Case = { className: string; test: Node }

/** How many tests there are in it, and how many of them failed. */
export function countsOf(results: z.infer<typeof testResults>): { all: number; failed: number } {
  const tests = results.testNodes.flatMap((each) => casesIn(each))
  return { all: tests.length, failed: tests.filter(({ test }) => test.result === 'Failed').length }
}

/** The same as JUnit XML: a suite for each bundle, a class for each suite in it. */
export function junitOf(results: z.infer<typeof testResults>): string {
  const bundles = results.testNodes.flatMap(bundlesIn)
  const on = results.devices?.map((each) => `${each.deviceName} (${each.osVersion})`) ?? []
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...bundles.flatMap((bundle) => suiteLines(bundle, on.join(', '))),
    '</testsuites>',
    '',
  ].join('\n')
}

/** Bundles stand below plans, and tests of packages at times below none. */
const bundlesIn = (at: Node): Node[] =>
  at.nodeType === 'Test Plan' ? (at.children ?? []).flatMap(bundlesIn) : [at]

function suiteLines(bundle: Node, device: string): string[] {
  const tests = casesIn(bundle)
  const count = (...results: string[]) =>
    tests.filter(({ test }) => results.includes(test.result ?? '')).length
  const seconds = tests.reduce((sum, { test }) => sum + secondsOf(test), 0)
  const told = {
    name: bundle.name,
    tests: String(tests.length),
    failures: String(count('Failed')),
    skipped: String(count('Skipped')),
    time: seconds.toFixed(3),
    ...(device !== '' && { hostname: device }),
  }
  return [`  <testsuite${attributes(told)}>`, ...tests.flatMap(caseLines), '  </testsuite>']
}

function casesIn(at: Node, className = ''): Case[] {
  if (at.nodeType === 'Test Case') return [{ className: className || at.name, test: at }]
  const within = at.nodeType === 'Test Suite' ? at.name : className
  return (at.children ?? []).flatMap((each) => casesIn(each, within))
}

function caseLines({ className, test }: Case): string[] {
  const told = { classname: className, name: test.name, time: secondsOf(test).toFixed(3) }
  const open = `    <testcase${attributes(told)}`
  if (test.result === 'Skipped') {
    const [why = ''] = messagesIn(test)
    return [`${open}>`, `      <skipped${attributes({ message: why })}/>`, '    </testcase>']
  }
  if (test.result !== 'Failed') return [`${open}/>`]
  const messages = messagesIn(test)
  const message = messages[0] ?? 'The test failed.'
  return [
    `${open}>`,
    `      <failure${attributes({ message })}>${xmlText(messages.join('\n'))}</failure>`,
    '    </testcase>',
  ]
}

/** Of all its runs, each once: a test that is tried again says the same again. */
function messagesIn(at: Node): string[] {
  const own = at.nodeType === 'Failure Message' ? [at.name] : []
  return [...new Set([...own, ...(at.children ?? []).flatMap(messagesIn)])]
}

function secondsOf({ durationInSeconds, duration = '' }: Node): number {
  if (durationInSeconds !== undefined) return durationInSeconds
  const part = (unit: string) =>
    Number(new RegExp(`([\\d.,]+)\\s*${unit}`).exec(duration)?.[1]?.replace(',', '.') ?? 0)
  return part('h') * 3600 + part('m(?!s)') * 60 + part('s') + part('ms') / 1000
}

const attributes = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(value)}"`)
    .join('')
