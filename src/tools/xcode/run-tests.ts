import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { z } from 'zod'
import { messageOf } from '../../lib/errors.ts'
import { globSync } from '../glob.ts'
import { answerOf, runAndKeep, words } from '../run.ts'
import { log, say, ToolFailed, valueOf } from '../values.ts'
import { countsOf, junitOf, testResults } from './results.ts'
import { defaultSimulator, listSimulators, simulatorFor } from './simulators.ts'
import { nameOf, newLogOf, whatToBuild, type WhatOptions } from './what.ts'

type JunitOptions = { outputDir: string; outputExtension: string }
export type RunTestsOptions = WhatOptions &
  JunitOptions & {
    clean?: boolean
    device?: string[]
    sdk: string
    omitSdk?: boolean
    testFlags: string
    testXcargs: string
    gracefulExit?: boolean
  }
export type JunitResultsOptions = JunitOptions & { xcresult?: string[]; dir?: string[] }

const xcresulttoolMs = 300_000

/**
 * Runs the tests of a project and writes what became of them as JUnit XML, also where some failed.
 * Throws ToolFailed with the exit code of xcodebuild where they did.
 */
export async function runTests(options: RunTestsOptions): Promise<void> {
  const what = whatToBuild(options)
  const sdk = valueOf(options.sdk)
  const destinations = destinationsOf(options, sdk)
  const kept = newLogOf(options)
  const bundle = newLogOf(options, 'xcresult')
  try {
    if (options.clean) await runAndKeep(['xcodebuild', ...what, 'clean'], kept)
    const failure = await runAndKeep(
      [
        ...['xcodebuild', ...what, ...(options.omitSdk ? [] : ['-sdk', sdk])],
        ...destinations.flatMap((each) => ['-destination', each]),
        ...['-resultBundlePath', bundle, 'test'],
        ...words(valueOf(options.testFlags)),
        ...words(valueOf(options.testXcargs)),
      ],
      kept,
    ).then(
      () => null,
      (error: unknown) => error,
    )
    // Without a bundle nothing was tested: it did not even build.
    if (existsSync(bundle)) report(bundle, options, nameOf(options))
    else if (failure === null) throw new ToolFailed('xcodebuild has left no results.')
    if (failure === null) return
    if (!(options.gracefulExit && existsSync(bundle))) throw failure
    log(`${messageOf(failure)}, which --graceful-exit takes as no failure.`)
  } finally {
    rmSync(bundle, { recursive: true, force: true })
  }
}

/** Writes the results in the bundles that are named, or lie here, as JUnit XML. */
export function junitTestResults(options: JunitResultsOptions): void {
  const patterns = options.xcresult?.map(valueOf) ?? []
  const directories = options.dir?.map(valueOf) ?? (patterns.length === 0 ? ['.'] : [])
  const bundles = [
    ...patterns.flatMap((pattern) => globSync(resolve(pattern))),
    ...directories.flatMap((each) => bundlesIn(resolve(each))),
  ]
  if (bundles.length === 0) throw new ToolFailed('There is no .xcresult.')
  for (const bundle of bundles) report(bundle, options, basename(bundle, '.xcresult'))
}

/** Prints the simulator that tests run on where none is said. */
export function defaultTestDestination(): void {
  const { name, runtime } = defaultSimulator(listSimulators())
  say(`${runtime} ${name}`)
}

/** Prints the simulators that there are. */
export function testDestinations(): void {
  for (const { name, runtime, udid } of listSimulators()) say(`${runtime} ${name} (${udid})`)
}

function destinationsOf({ device }: RunTestsOptions, sdk: string): string[] {
  if (sdk.startsWith('macosx')) return ['platform=macOS']
  const simulators = listSimulators()
  const wanted = device?.map((each) => simulatorFor(valueOf(each), simulators))
  return (wanted ?? [defaultSimulator(simulators)]).map(({ udid }) => `id=${udid}`)
}

function report(bundle: string, options: JunitOptions, name: string): void {
  const results = resultsIn(bundle)
  const directory = resolve(valueOf(options.outputDir))
  mkdirSync(directory, { recursive: true })
  const file = name.replace(/[^\w.-]+/g, '_')
  const path = join(directory, `${file}.${valueOf(options.outputExtension)}`)
  writeFileSync(path, junitOf(results))
  const { all, failed } = countsOf(results)
  say(`${all} ${all === 1 ? 'test' : 'tests'}, ${failed} failed: ${path}`)
}

function resultsIn(bundle: string): z.infer<typeof testResults> {
  try {
    const what = ['test-results', 'tests', '--path', bundle, '--compact']
    const text = answerOf(['xcrun', 'xcresulttool', 'get', ...what], xcresulttoolMs)
    return testResults.parse(JSON.parse(text))
  } catch (error) {
    throw new ToolFailed(
      `The results in ${bundle} cannot be read, which takes Xcode 16 or newer: ${messageOf(error)}`,
      1,
      { cause: error },
    )
  }
}

const bundlesIn = (directory: string): string[] => {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new ToolFailed(`There is no directory ${directory}.`)
  }
  return readdirSync(directory)
    .filter((each) => each.endsWith('.xcresult'))
    .toSorted()
    .map((each) => join(directory, each))
}
