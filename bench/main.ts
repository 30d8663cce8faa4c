import { cpus, totalmem } from 'node:os'
import { type Figure, mebibytes, printFigures } from './support/figures.ts'
import { deliveries } from './rows/deliveries.ts'
import { flood } from './rows/flood.ts'
import { hooks } from './rows/hooks.ts'
import { idle } from './rows/idle.ts'
import { latency } from './rows/latency.ts'
import { millionLines } from './rows/million-lines.ts'
import { overhead } from './rows/overhead.ts'
import { pages } from './rows/pages.ts'
import { pipelines } from './rows/pipelines.ts'
import { redact } from './rows/redact.ts'
import { start } from './rows/start.ts'
import { throughput } from './rows/throughput.ts'
import { build } from '../scripts/build.mjs'

/*
 * `npm run bench`, or some of it: `npm run bench -- overhead hooks`. Each row starts a real server
 * in a directory of its own, and measures what the machine gives without Oore in the same run.
 */

const rows: Record<string, () => Promise<Figure[]>> = {
  start,
  idle,
  overhead,
  throughput,
  lines: millionLines,
  latency,
  flood,
  hooks,
  deliveries,
  pages,
  pipelines,
  redact,
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !Object.hasOwn(rows, name))
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}. There are: ${Object.keys(rows).join(', ')}.`)
  process.exit(2)
}

await build()
const names = chosen.length > 0 ? chosen : Object.keys(rows)
const figures: Figure[] = []
for (const name of names) {
  const startedAt = performance.now()
  process.stderr.write(`${name} … `)
  try {
    figures.push(...((await rows[name]?.()) ?? []))
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
  } catch (error) {
    process.stderr.write(`failed\n`)
    console.error(error)
    process.exitCode = 1
  }
}

const cores = cpus()
console.log(`Node ${process.versions.node}, ${cores.length} × ${cores[0]?.model ?? 'unknown'}, `)
console.log(`${mebibytes(totalmem())} of memory, ${process.platform} ${process.arch}\n`)
printFigures(figures)
