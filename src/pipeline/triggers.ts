import { compileGlob } from '../lib/glob.ts'
import type { PipelineEvent, Triggering, Verdict, Workflow } from './pipeline.ts'

/** As much of a pipeline as decides what an event starts. */
type Triggers = { workflows: readonly Pick<Workflow, 'id' | 'name' | 'triggering'>[] }

/**
 * Which workflows an event starts by their triggers, and why each other one not, in the order of
 * the file. Patterns are read from top to bottom and the last that matches decides; a list of
 * excludes only means "all but these". `*` crosses `/`. For a pull request each pattern is held
 * against the branch that its `source` names, all in one list.
 */
export function explain(pipeline: Triggers, event: PipelineEvent): Verdict[] {
  return pipeline.workflows.map((workflow) => ({
    id: workflow.id,
    name: workflow.name,
    skipped: false,
    ...decide(workflow, event),
  }))
}

type Decision = { runs: boolean; reason: string; skipped?: boolean }

type Started = Exclude<PipelineEvent, { type: 'manual' }>

function decide(workflow: Triggers['workflows'][number], event: PipelineEvent): Decision {
  if (event.type === 'manual') return { runs: true, reason: 'It was started by hand.' }
  const { triggering } = workflow
  if (!triggering.events.includes(event.type)) {
    return { runs: false, reason: unheard(triggering.events, event.type) }
  }
  const decision = decideByPatterns(triggering, event)
  const marker = decision.runs ? skipMarkerOf(event.commitMessage) : null
  return marker === null
    ? decision
    : { runs: false, skipped: true, reason: `The commit message says ${marker}.` }
}

const called: Record<Started['type'], string> = {
  push: 'a push',
  tag: 'a tag',
  pull_request: 'a pull request',
  pull_request_labeled: 'a label on a pull request',
}

function unheard(events: string[], type: Started['type']): string {
  return events.length === 0
    ? 'It has no "triggering.events": only people and the API start it.'
    : `Its events are ${events.join(', ')}; this was ${called[type]}.`
}

/** `[skip ci]` or `[ci skip]` as the author wrote it, or null where the message has neither. */
export function skipMarkerOf(commitMessage: string | null): string | null {
  return /\[(skip ci|ci skip)\]/i.exec(commitMessage ?? '')?.[0] ?? null
}

/** A pattern, and what it is held against. */
type Trial = { pattern: string; include: boolean; thing: string; ref: string }

function decideByPatterns(triggering: Triggering, event: Started): Decision {
  const kind = event.type === 'tag' ? 'tag' : 'branch'
  const trials = trialsOf(triggering, event)
  if (trials.length === 0) {
    return { runs: true, reason: `It has no ${kind} patterns, so every ${kind} starts it.` }
  }
  const position = trials.findLastIndex(({ pattern, ref }) => matches(pattern, ref))
  const deciding = trials[position]
  if (deciding !== undefined) {
    const { thing, ref, include, pattern } = deciding
    const verb = include ? 'matches' : 'is excluded by'
    const reason = `${thing} "${ref}" ${verb} ${kind} pattern ${position + 1}, "${pattern}".`
    return { runs: include, reason }
  }
  return trials.some(({ include }) => include)
    ? { runs: false, reason: `${subjectOf(event)} matches none of the ${kind} patterns.` }
    : { runs: true, reason: `${subjectOf(event)} is excluded by none of the ${kind} patterns.` }
}

function trialsOf({ branchPatterns, tagPatterns }: Triggering, event: Started): Trial[] {
  switch (event.type) {
    case 'push':
      // A push has one branch only, whatever `source` says.
      return branchPatterns.map((each) => ({ ...each, thing: 'Branch', ref: event.branch }))
    case 'tag':
      return tagPatterns.map((each) => ({ ...each, thing: 'Tag', ref: event.tag }))
    case 'pull_request':
    case 'pull_request_labeled':
      return branchPatterns.map(({ source, ...each }) => ({
        ...each,
        thing: source ? 'Source branch' : 'Target branch',
        ref: source ? event.sourceBranch : event.targetBranch,
      }))
    default:
      return event satisfies never
  }
}

function subjectOf(event: Started): string {
  switch (event.type) {
    case 'push':
      return `Branch "${event.branch}"`
    case 'tag':
      return `Tag "${event.tag}"`
    case 'pull_request':
    case 'pull_request_labeled':
      return `The pull request from "${event.sourceBranch}" to "${event.targetBranch}"`
    default:
      return event satisfies never
  }
}

/** Codemagic matches with Python's wcmatch, where a star goes on over slashes. */
const matches = (pattern: string, ref: string): boolean =>
  compileGlob(pattern, { crossesSlash: true, leadingNot: true })(ref)
