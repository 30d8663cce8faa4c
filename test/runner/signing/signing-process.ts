import { readFileSync } from 'node:fs'
import type { Claim } from '../../../src/protocol/messages.ts'
import { openBuildSigning } from '../../../src/runner/signing/build-signing.ts'
import type { SigningMachine, SigningPlace } from '../../../src/runner/signing/machine.ts'
import { makeWorkspace, workspaceOf } from '../../../src/runner/workspace.ts'

/*
 * Started by the tests: signs as a build does and undoes it, as a process that can be killed. Its job
 * comes as a file of JSON. Where `killAt` is a number, it kills itself at that point of its journal:
 * before (odd) and after (even) each note. Exits with 0 where it was not killed.
 */
type Job = {
  claim: Claim
  workspaces: string
  journals: string
  machine: SigningMachine
  killAt: number | null
}

const job = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Job
let points = 0
const reached = () => {
  points += 1
  if (points === job.killAt) process.kill(process.pid, 'SIGKILL')
}
const place: SigningPlace = {
  journals: job.journals,
  machine: { ...job.machine, reached },
  warn: (sentence) => process.stderr.write(`${sentence}\n`),
}
const workspace = workspaceOf(job.workspaces, job.claim.build_id)
makeWorkspace(workspace)
const say = (text: string) => void process.stdout.write(`${text}\n`)
const signing = openBuildSigning(job.claim, workspace, place)
await signing.install(
  { heard: () => {}, say, warn: say, end: () => {} },
  new AbortController().signal,
  {},
)
const trouble = await signing.cleanUp()
if (trouble.length > 0) process.exitCode = 1
