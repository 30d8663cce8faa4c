import { globTrouble } from '../../lib/glob.ts'
import { below, error, pathOf, warning, type Spot } from '../findings.ts'
import { triggerEvents, type Triggering } from '../pipeline.ts'
import type { MapNode } from '../tree.ts'
import { key, list, map, oneOf, text, yesOrNo, type Shape } from './shapes.ts'

const patternLengthMax = 500

/** A branch or tag pattern; longer ones are refused before anything tries to compile them. */
const pattern: Shape<string> = {
  wants: 'text',
  remedy: "Write a pattern such as 'main'.",
  schema: { type: ['string', 'number', 'boolean'] },
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
    keys: {
      pattern: key(
        pattern,
        'Names of branches: `*` stands for any text, slashes too; `?`, `[…]`, `{a,b}`, `!(…)`, `+(…)` as in bash. Required.',
        "pattern: 'release/*'",
      ),
      include: key(
        yesOrNo,
        'False excludes what the pattern matches. True where nothing is written.',
        'include: false',
      ),
      source: key(
        yesOrNo,
        'Of a pull request: true compares with the branch it comes from, false with the branch it goes to. True where nothing is written. A push has one branch only.',
        'source: false',
      ),
    },
    required,
  },
  "{ pattern: 'main', include: true }",
)

const tagPattern = map(
  {
    called: 'a tag pattern',
    keys: {
      pattern: key(
        pattern,
        'Names of tags, written like those of branches. Required.',
        "pattern: 'v*'",
      ),
      include: key(
        yesOrNo,
        'False excludes what the pattern matches. True where nothing is written.',
        'include: false',
      ),
    },
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

const otherEvents = {
  pr: 'Did you mean pull_request?',
  merge_request: 'Did you mean pull_request?',
  merge: 'Write push: a merge is a push to the branch it goes to.',
  commit: 'Did you mean push?',
  release: 'Write tag: a release belongs to one.',
  schedule: 'Nothing in the file starts a build by time: let cron ask the API for it.',
}

const triggeringMap = map(
  {
    called: 'triggering',
    mainList: 'events',
    keys: {
      events: key(
        list(oneOf(triggerEvents, otherEvents), '- push'),
        'What starts the workflow: `push`, `pull_request` (opened, updated, reopened, ready for review), `pull_request_labeled`, `tag`. Without it only people and the API do.',
        'events: [push, pull_request, tag]',
      ),
      branch_patterns: key(
        list(branchPattern, "- pattern: 'main'"),
        'Which branches, for pushes and pull requests. Read from top to bottom, the last that matches decides; a list of excludes only means all but those. Without patterns every branch does.',
        "branch_patterns: [{ pattern: main }, { pattern: 'release/*' }]",
        ['events'],
      ),
      tag_patterns: key(
        list(tagPattern, "- pattern: 'v*'"),
        'Which tags. Branch patterns do not limit tags.',
        "tag_patterns: [{ pattern: 'v*' }]",
        ['events'],
      ),
      cancel_previous_builds: key(
        yesOrNo,
        'A new push or update of a pull request ends older builds of the same workflow and branch.',
        'cancel_previous_builds: true',
        ['events'],
      ),
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
  ...triggeringMap,
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
