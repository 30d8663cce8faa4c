import { splitGlob, traceGlob, type GlobTrace } from '../lib/glob.ts'
import { clipped } from './findings.ts'
import type { Changeset } from './pipeline.ts'

/** Steps of matching for one event, up to a second: the patterns come from repositories. */
const stepsMax = 1_500_000
/** Characters of a pattern times those of a name, which bound the steps of one answer. */
const sizeMax = 300_000
const patternsShownMax = 3
const nameShownMax = 120

/** What matching may still cost. The workflows of one event share it: there may be thousands. */
export type MatchingBudget = { steps: number }

export const matchingBudget = (): MatchingBudget => ({ steps: stepsMax })

export type ChangesetVerdict = { runs: boolean; reason: string }

/**
 * Whether the files that changed concern a workflow or a step (codemagic-yaml, section 3.5). A file
 * counts where a pattern of `includes` matches and none of `excludes`. Patterns begin at the root
 * of the repository: `.` is everything, a folder is all below it with or without a `/` at its end,
 * `*` does not cross `/`, and a dot at the start of a name is a character like others. No includes
 * means everything. The configuration file always counts. Of a list of files that is only a part,
 * `runs: false` is no answer: the caller then runs the workflow. It also runs where comparing would
 * take too long.
 */
export function changesetVerdict(
  changeset: Changeset,
  changedFiles: readonly string[],
  configFileName: string | null,
  budget: MatchingBudget = matchingBudget(),
): ChangesetVerdict {
  if (changedFiles.length === 0) return { runs: false, reason: 'No file changed.' }
  if (configFileName !== null && changedFiles.includes(configFileName)) {
    return { runs: true, reason: `${configFileName} changed, which always counts.` }
  }
  const cost = { budget, isOver: false }
  const includes = changeset.includes.length === 0 ? ['.'] : changeset.includes
  const included = includes.map((pattern) => matcherOf(pattern, cost))
  const excluded = changeset.excludes.map((pattern) => matcherOf(pattern, cost))
  let exclusion: { file: string; pattern: string; count: number } | null = null
  for (const file of changedFiles) {
    const include = included.find(({ matches }) => matches(file))
    const exclude = include && excluded.find(({ matches }) => matches(file))
    if (cost.isOver) return tooLong
    if (include === undefined) continue
    if (exclude === undefined) return { runs: true, reason: countsFor(file, include.pattern) }
    exclusion ??= { file, pattern: exclude.pattern, count: 0 }
    exclusion.count += 1
  }
  const reason =
    exclusion === null
      ? noneMatches(changedFiles, includes)
      : noneIsLeft(changedFiles.length, exclusion, changeset.includes)
  return { runs: false, reason }
}

const tooLong: ChangesetVerdict = {
  runs: true,
  reason: 'Comparing the changed files with these patterns would take too long, so it runs.',
}

/** `isOver` once an answer was not given, because it would have cost too much. */
type Cost = { budget: MatchingBudget; isOver: boolean }

type Matcher = { pattern: string; matches: (file: string) => boolean }

function matcherOf(pattern: string, cost: Cost): Matcher {
  const path = pattern.replace(/^(?:\.?\/)+/, '')
  const folder = path.replace(/\/+$/, '')
  if (folder === '' || folder === '.') return { pattern, matches: () => true }
  const glob = globMatcher(folder === path ? path : `${folder}/**`, cost)
  // A folder is meant as it is written first: frameworks give names such as `[id]` to some.
  return {
    pattern,
    matches: (file) => file === folder || file.startsWith(`${folder}/`) || glob(file),
  }
}

function globMatcher(path: string, cost: Cost): (file: string) => boolean {
  const { base, glob } = splitGlob(path)
  const ending = /^\*\*\/\*([\w.-]+)$/.exec(glob)?.[1]
  let trace: ((file: string) => GlobTrace) | null = null
  return (file) => {
    // Most files of a large change lie elsewhere, and are told apart by the plain beginning.
    if (glob === '' || (base !== '' && !file.startsWith(`${base}/`))) return file === base
    if (glob === '**') return true
    // By far the commonest, and a change may have thousands of files.
    if (ending !== undefined) return file.endsWith(ending)
    if (path.length * file.length > sizeMax || cost.budget.steps < 0) cost.isOver = true
    if (cost.isOver) return false
    trace ??= traceGlob(path, { crossesSlash: false, matchesHidden: true })
    const { isMatch, steps } = trace(file)
    cost.budget.steps -= steps
    if (cost.budget.steps < 0) cost.isOver = true
    return isMatch
  }
}

function countsFor(file: string, pattern: string): string {
  return pattern === '.'
    ? `${shown(file)} changed, and nothing excludes it.`
    : `${shown(file)} matches ${quoted(pattern)}.`
}

function noneMatches(files: readonly string[], patterns: readonly string[]): string {
  const [only = ''] = files
  const what =
    files.length === 1
      ? `The changed file ${shown(only)} does not match`
      : `None of the ${files.length} changed files matches`
  return `${what} ${patterns.length > 1 && files.length === 1 ? 'any of ' : ''}${listed(patterns)}.`
}

function noneIsLeft(
  count: number,
  exclusion: { file: string; pattern: string; count: number },
  includes: readonly string[],
): string {
  const by = `by ${quoted(exclusion.pattern)}`
  if (count === 1) return `The changed file ${shown(exclusion.file)} is excluded ${by}.`
  const first = `${shown(exclusion.file)} ${by}`
  if (exclusion.count === count) return `All ${count} changed files are excluded, such as ${first}.`
  return (
    `None of the ${count} changed files counts: ${count - exclusion.count} do not match ` +
    `${listed(includes)}, ${exclusion.count} ${exclusion.count === 1 ? 'is' : 'are'} excluded ` +
    `(${first}).`
  )
}

function listed(patterns: readonly string[]): string {
  const names = patterns.slice(0, patternsShownMax).map(quoted)
  const more = patterns.length - names.length
  if (more > 0) return `${names.join(', ')} or ${more} more`
  const last = names.pop() ?? ''
  return names.length === 0 ? last : `${names.join(', ')} or ${last}`
}

const quoted = (pattern: string): string => JSON.stringify(clipped(pattern, nameShownMax))

/** Git allows line breaks and worse in names. */
const shown = (file: string): string =>
  /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(file)
    ? JSON.stringify(clipped(file, nameShownMax))
    : clipped(file, nameShownMax)
