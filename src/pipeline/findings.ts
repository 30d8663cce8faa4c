import type { Problem } from './problem.ts'
import type { Place } from './tree.ts'

/** The way from the top of the file to a node; linked, so that walking on costs nothing. */
export type Trail = { up: Trail | null; step: string | number }

/** Where a reader is and where it reports to. */
export type Spot = { trail: Trail | null; findings: Findings }

/** All problems of one file, and the workflows that have an error. */
export type Findings = {
  problems: Problem[]
  unsound: Set<string>
  warned: Map<string, Problem>
  /** Warnings that were not kept, since there are so many. */
  unkept: number
  /** How much text values of inputs have added, in all workflows together. */
  insertedLength: number
}

/** Far more than are shown. A hostile file may have a hundred thousand, and they take long. */
const warningsKeptMax = 2000

export const noFindings = (): Findings => ({
  problems: [],
  unsound: new Set(),
  warned: new Map(),
  unkept: 0,
  insertedLength: 0,
})

export const below = (spot: Spot, step: string | number): Spot => ({
  trail: { up: spot.trail, step },
  findings: spot.findings,
})

/** Something that keeps its workflow from running. The message is a whole sentence. */
export function error(spot: Spot, at: Place | null, message: string, suggestion: string | null) {
  markUnsound(spot)
  add(spot, 'error', at, message, suggestion)
}

/** Keeps a workflow from running for something that has been told elsewhere. */
export function markUnsound(spot: Spot) {
  const workflow = workflowOf(spot.trail)
  if (workflow !== null) spot.findings.unsound.add(workflow)
}

/**
 * Something that runs, but perhaps not as its author thinks. What several workflows share by an
 * alias is told once, for the whole file.
 */
export function warning(spot: Spot, at: Place, message: string, suggestion: string | null) {
  const { findings } = spot
  if (findings.warned.size >= warningsKeptMax) {
    findings.unkept += 1
    return
  }
  const key = `${at.line}:${at.column} ${message}`
  const told = findings.warned.get(key)
  if (told === undefined) {
    findings.warned.set(key, add(spot, 'warning', at, message, suggestion))
  } else if (told.workflow !== workflowOf(spot.trail)) {
    told.workflow = null
  }
}

function add(
  spot: Spot,
  severity: Problem['severity'],
  at: Place | null,
  message: string,
  suggestion: string | null,
): Problem {
  const problem: Problem = {
    severity,
    message,
    path: pathOf(spot.trail),
    line: at?.line ?? null,
    column: at?.column ?? null,
    excerpt: null,
    suggestion,
    workflow: workflowOf(spot.trail),
  }
  spot.findings.problems.push(problem)
  return problem
}

/** `workflows.ios.scripts[2].name`; odd names are quoted: `workflows["ios (beta)"]`. */
export function pathOf(trail: Trail | null): string {
  let path = ''
  for (const step of stepsOf(trail)) {
    if (typeof step === 'number') path += `[${step}]`
    else if (!/^[\w$-]{1,80}$/.test(step)) path += `[${JSON.stringify(clipped(step, 80))}]`
    else path += path === '' ? step : `.${step}`
  }
  return path
}

/** The id of the workflow a trail leads into, or null outside `workflows`. */
export function workflowOf(trail: Trail | null): string | null {
  const [first, second] = stepsOf(trail)
  return first === 'workflows' && second !== undefined ? String(second) : null
}

function stepsOf(trail: Trail | null): (string | number)[] {
  const steps: (string | number)[] = []
  for (let at = trail; at !== null; at = at.up) steps.push(at.step)
  return steps.toReversed()
}

/** At most `length` characters, with an ellipsis for what is left out; no character is halved. */
export const clipped = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`
