import { globTrouble } from '../../lib/glob.ts'
import { doubtsAbout } from '../conditions/doubts.ts'
import { parseCondition } from '../conditions/parse.ts'
import { below, clipped, error, pathOf, warning, type Spot } from '../findings.ts'
import type { Changeset, When } from '../pipeline.ts'
import type { MapNode, Node, Place } from '../tree.ts'
import { key, list, map, mismatch, text, type Shape } from './shapes.ts'

const patternLengthMax = 500

export const noWhen: When = { changeset: null, condition: null }

/** A path or glob of files that are looked at; those of `triggering` are another language. */
const filePattern: Shape<string> = {
  wants: 'a path or a pattern of files',
  remedy: "Write a folder such as android/, or a pattern such as 'lib/**/*.dart'.",
  schema: text.schema,
  read(node, spot) {
    const written = text.read(node, spot)
    if (written === null) return null
    const trouble = patternTrouble(written)
    if (trouble === null) return written
    const [what, remedy = filePattern.remedy] = trouble
    error(spot, node.at, `${pathOf(spot.trail)} ${what}.`, remedy)
    return null
  },
}

function patternTrouble(written: string): [what: string, remedy?: string] | null {
  if (written.trim() === '') return ['is empty']
  if (written.length > patternLengthMax) return [`has more than ${patternLengthMax} characters`]
  if (written.includes('\0')) return ['holds a NUL byte', 'Remove it.']
  if (written.split('/').includes('..')) {
    return ['leads out of the repository with ".."', 'Write the path from its root.']
  }
  if (/^!(?!\()/.test(written)) {
    const without = clipped(written.slice(1), 60)
    const remedy = `Write '${without}' under "excludes", or under "includes" if it stands there.`
    return ['begins with "!", which turns nothing around here', remedy]
  }
  const trouble = globTrouble(written)
  return trouble === null ? null : [`cannot be used: ${trouble}`]
}

const toIncludes = { effect: 'it limits nothing', remedy: 'Write "includes" with a list.' }

const changesetMap = map(
  {
    called: 'a changeset',
    mainList: 'includes',
    keys: {
      includes: key(
        list(filePattern, '- lib/'),
        'What must have changed: folders, files or globs from the root of the repository. `.` is everything, which it is too where nothing is written. `*` stands for text without slashes, `**` for any folders; names that begin with a dot are names like others. The configuration file always counts.',
        "includes: [android/, 'lib/**/*.dart']",
      ),
      excludes: key(
        list(filePattern, "- '**/*.md'"),
        'What does not count, even where `includes` matches it. Written the same way.',
        "excludes: ['**/*.md']",
      ),
    },
    elsewhere: {
      paths: toIncludes,
      files: toIncludes,
      paths_ignore: { remedy: 'Write "excludes" with a list.' },
      condition: { remedy: 'Move it out of "changeset", directly under "when".' },
    },
  },
  "{ includes: ['lib/'], excludes: ['**/*.md'] }",
)

/** Which changed files matter. No includes, or none that can be read as one, are everything. */
const changeset: Shape<Changeset> = {
  ...changesetMap,
  read(node, spot) {
    if (node.kind === 'list' || node.kind === 'scalar') {
      return mismatch(changeset, node, spot, 'Write "includes:" in it, and the list below that.')
    }
    const values = changesetMap.read(node, spot)
    if (values === null || node.kind !== 'map') return null
    tellEmptyIncludes(node, spot)
    const { includes, excludes } = values
    return { includes: includes?.length ? includes : ['.'], excludes: excludes ?? [] }
  },
}

function tellEmptyIncludes(node: MapNode, spot: Spot) {
  const entry = node.entries.find(({ key }) => key === 'includes')
  if (entry?.value.kind !== 'list' || entry.value.items.length > 0) return
  const inside = below(spot, 'includes')
  const message = `${pathOf(inside.trail)} is empty, so every file counts.`
  warning(inside, entry.at, message, 'Write "- ." in it if that is meant, or remove it.')
}

/** An expression, or true or false, which an input may have put there. */
const condition: Shape<string> = {
  wants: 'a condition',
  remedy: 'Write one, such as: not event.pull_request.draft',
  schema: { type: ['string', 'boolean'] },
  read(node, spot) {
    if (node.kind !== 'scalar') return mismatch(condition, node, spot)
    if (node.open) return node.text
    const read = parseCondition(node.text)
    if (read.is === 'wrong') {
      error(spot, placeIn(node, read.offset), read.message, read.suggestion)
      return null
    }
    // What an input has put in is always the same here, and rightly so.
    const doubts = node.filled === true ? [] : doubtsAbout(read.expression)
    for (const { offset, message, suggestion } of doubts) {
      warning(spot, placeIn(node, offset), message, suggestion)
    }
    return node.text
  },
}

/** The place of a character; of text that is not as it is in the file, that of its beginning. */
function placeIn(node: Node & { kind: 'scalar' }, offset: number): Place {
  if (node.quoted || node.joined !== false || node.filled === true) return node.at
  return { line: node.at.line, column: node.at.column + offset }
}

const toChangeset = { effect: 'it limits nothing', remedy: 'Move it under "changeset".' }
const toTriggering = { remedy: 'Move it under "triggering" of the workflow.' }
const toCondition = { effect: 'it limits nothing', remedy: 'Write "condition".' }

const whenMap = map(
  {
    called: 'when',
    keys: {
      changeset: key(
        changeset,
        'Which files must have changed since the last successful build of the workflow on the branch.',
        'changeset: { includes: [lib/] }',
      ),
      condition: key(
        condition,
        'What must hold: values of `env`, `event` (what the provider sent) and `inputs`, compared by `==`, `!=`, `<`, `<=`, `>`, `>=` and joined by `and`, `or`, `not` and parentheses. What is not there is `null`. Variables are text; text also equals the number or boolean it is written like.',
        'condition: not event.pull_request.draft',
      ),
    },
    elsewhere: {
      includes: toChangeset,
      excludes: toChangeset,
      paths: { ...toIncludes, remedy: 'Write "changeset" with "includes".' },
      if: toCondition,
      expression: toCondition,
      events: toTriggering,
      branch_patterns: toTriggering,
      tag_patterns: toTriggering,
    },
  },
  '{ condition: not event.pull_request.draft }',
)

/** What else must be so for a workflow or a step to run. */
export const when: Shape<When> = {
  ...whenMap,
  read(node, spot) {
    if (node.kind === 'scalar') {
      return mismatch(when, node, spot, `Write "condition: ${clipped(node.text, 60)}" below it.`)
    }
    return whenMap.read(node, spot)
  },
}
