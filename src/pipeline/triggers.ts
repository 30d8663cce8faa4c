import { compileGlob } from '../lib/glob.ts'
import type { Pipeline, PipelineEvent, Verdict, Workflow } from './pipeline.ts'

/**
 * Which workflows an event starts, and why each other one not, in the order of the file. Patterns
 * are read from top to bottom and the last that matches decides; a list of excludes only means
 * "all but these". `*` crosses `/`.
 */
export function explain(pipeline: Pipeline, event: PipelineEvent): Verdict[] {
  return pipeline.workflows.map((workflow) => ({
    id: workflow.id,
    name: workflow.name,
    ...decide(workflow, event),
  }))
}

type Decision = { runs: boolean; reason: string }

function decide(workflow: Workflow, event: PipelineEvent): Decision {
  if (event.type === 'manual') return { runs: true, reason: 'It was started by hand.' }
  const { events, branchPatterns, tagPatterns } = workflow.triggering
  if (!events.includes(event.type)) return { runs: false, reason: unheard(events, event.type) }
  const marker = skipMarkerOf(event.commitMessage)
  if (marker !== null) return { runs: false, reason: `The commit message says ${marker}.` }
  return event.type === 'push'
    ? decideByPatterns('branch', event.branch, branchPatterns)
    : decideByPatterns('tag', event.tag, tagPatterns)
}

function unheard(events: string[], type: 'push' | 'tag'): string {
  const happened = type === 'push' ? 'a push' : 'a tag'
  return events.length === 0
    ? 'It has no "triggering.events": only people and the API start it.'
    : `Its events are ${events.join(', ')}; this was ${happened}.`
}

/** `[skip ci]` or `[ci skip]` as the author wrote it, or null where the message has neither. */
export function skipMarkerOf(commitMessage: string | null): string | null {
  return /\[(skip ci|ci skip)\]/i.exec(commitMessage ?? '')?.[0] ?? null
}

type Pattern = { pattern: string; include: boolean }

function decideByPatterns(kind: 'branch' | 'tag', ref: string, patterns: Pattern[]): Decision {
  const thing = `${kind === 'branch' ? 'Branch' : 'Tag'} "${ref}"`
  if (patterns.length === 0) {
    const every = kind === 'branch' ? 'branch' : 'tag'
    return { runs: true, reason: `It has no ${every} patterns, so every ${every} starts it.` }
  }
  const position = patterns.findLastIndex(({ pattern }) => matches(pattern, ref))
  const deciding = patterns[position]
  if (deciding !== undefined) {
    const verb = deciding.include ? 'matches' : 'is excluded by'
    const reason = `${thing} ${verb} ${kind} pattern ${position + 1}, "${deciding.pattern}".`
    return { runs: deciding.include, reason }
  }
  return patterns.some(({ include }) => include)
    ? { runs: false, reason: `${thing} matches none of the ${kind} patterns.` }
    : { runs: true, reason: `${thing} is excluded by none of the ${kind} patterns.` }
}

/** Codemagic matches with Python's wcmatch, where a star goes on over slashes. */
const matches = (pattern: string, ref: string): boolean =>
  compileGlob(pattern, { crossesSlash: true, leadingNot: true })(ref)
