import { globTrouble } from '../../lib/glob.ts'
import { below, error, pathOf, warning, type Spot } from '../findings.ts'
import { triggerEvents, type Triggering } from '../pipeline.ts'
import type { MapNode, Node } from '../tree.ts'
import { list, map, oneOf, text, yesOrNo, type Shape } from './shapes.ts'

const patternLengthMax = 500

/** A branch or tag pattern; longer ones are refused before anything tries to compile them. */
const pattern: Shape<string> = {
  wants: 'text',
  remedy: "Write a pattern such as 'main'.",
  read(node, spot) {
    const written = text.read(node, spot)
    const trouble = written === null ? null : patternTrouble(written)
    if (trouble === null) return written
    error(spot, node.at, `${pathOf(spot.trail)} ${trouble}.`, pattern.remedy)
    return null
  },
}

function patternTrouble(written: string): string | null {
  if (written === '') return 'is empty'
  if (written.length > patternLengthMax) return `has more than ${patternLengthMax} characters`
  const trouble = globTrouble(written)
  return trouble === null ? null : `cannot be used: ${trouble}`
}

const required = { pattern: 'Write "pattern: \'main\'", or another pattern, in it.' }

const branchPattern = map(
  {
    called: 'a branch pattern',
    keys: { pattern, include: yesOrNo, source: yesOrNo },
    required,
  },
  "{ pattern: 'main', include: true }",
)

const tagPattern = map(
  {
    called: 'a tag pattern',
    keys: { pattern, include: yesOrNo },
    required,
    elsewhere: {
      source: { effect: 'a tag has no source and no target', remedy: 'Remove it.' },
    },
  },
  "{ pattern: 'v*', include: true }",
)

const branchPlace = {
  effect: 'it limits no branch',
  remedy: 'Write "branch_patterns" with a list of "- pattern: …".',
}

const triggeringMap = map(
  {
    called: 'triggering',
    keys: {
      events: list(oneOf(triggerEvents), '- push'),
      branch_patterns: list(branchPattern, "- pattern: 'main'"),
      tag_patterns: list(tagPattern, "- pattern: 'v*'"),
      cancel_previous_builds: yesOrNo,
    },
    elsewhere: {
      branch: branchPlace,
      branches: branchPlace,
      branch_pattern: branchPlace,
      tags: { remedy: 'Write "tag_patterns" with a list of "- pattern: …".' },
      when: { remedy: 'Move it out of "triggering", directly into the workflow.' },
    },
  },
  '{ events: [push] }',
)

export const noTriggering: Triggering = {
  events: [],
  branchPatterns: [],
  tagPatterns: [],
  cancelPreviousBuilds: false,
}

/** What starts a workflow by itself. Absent and empty are normal: then people and the API do. */
export const triggering: Shape<Triggering> = {
  wants: triggeringMap.wants,
  remedy: triggeringMap.remedy,
  read(node, spot) {
    const values = triggeringMap.read(node, spot)
    if (values === null || node.kind !== 'map') return null
    const read: Triggering = {
      events: [...new Set(values.events ?? [])],
      branchPatterns: (values.branch_patterns ?? []).flatMap((each) =>
        each.pattern === null
          ? []
          : [{ pattern: each.pattern, include: each.include ?? true, source: each.source ?? true }],
      ),
      tagPatterns: (values.tag_patterns ?? []).flatMap((each) =>
        each.pattern === null ? [] : [{ pattern: each.pattern, include: each.include ?? true }],
      ),
      cancelPreviousBuilds: values.cancel_previous_builds ?? false,
    }
    tellWithoutEffect(node, read, spot)
    return read
  },
}

/** Triggers that read as if they did something, and do nothing. */
function tellWithoutEffect(node: MapNode, read: Triggering, spot: Spot) {
  const { events, branchPatterns, tagPatterns } = read
  const pullRequests = placeOfKey(node, 'events')
  for (const event of ['pull_request', 'pull_request_labeled'] as const) {
    if (!events.includes(event)) continue
    const message = `This version of Oore does not carry out "${event}" yet: it starts no build.`
    warning(below(spot, 'events'), itemPlace(node, event) ?? pullRequests, message, null)
  }
  if (branchPatterns.length > 0 && events.every((event) => event === 'tag')) {
    const why =
      events.length === 0 ? noEvents : 'Branch patterns do not limit tags: every tag builds.'
    const remedy =
      events.length === 0 ? 'Write "events: [push]".' : 'Write "tag_patterns" to choose the tags.'
    warning(below(spot, 'branch_patterns'), placeOfKey(node, 'branch_patterns'), why, remedy)
  }
  if (tagPatterns.length > 0 && !events.includes('tag')) {
    const why =
      events.length === 0 ? noEvents : 'Tag patterns have no effect without the event "tag".'
    const remedy = events.length === 0 ? 'Write "events: [tag]".' : 'Add "tag" to "events".'
    warning(below(spot, 'tag_patterns'), placeOfKey(node, 'tag_patterns'), why, remedy)
  }
}

const noEvents = 'Patterns have no effect without "events": no push or tag starts this workflow.'

const placeOfKey = (node: MapNode, key: string) =>
  node.entries.find((entry) => entry.key === key)?.at ?? node.at

function itemPlace(node: MapNode, word: string): Node['at'] | null {
  const events = node.entries.find((entry) => entry.key === 'events')?.value
  if (events?.kind !== 'list') return null
  return events.items.find((item) => item.kind === 'scalar' && item.text === word)?.at ?? null
}
