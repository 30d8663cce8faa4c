import { runRunner, type RunnerOptions } from '../../src/runner/main.ts'

/** Started by the tests with its options as JSON: the runner as a process of its own. */
process.exitCode = await runRunner(JSON.parse(process.argv[2] ?? '') as RunnerOptions)
