import type { Triggering, When } from './pipeline.ts'

const eventWords: Record<Triggering['events'][number], string> = {
  push: 'a push',
  pull_request: 'a pull request',
  pull_request_labeled: 'a label on a pull request',
  tag: 'a tag',
}

/** What starts a workflow, in sentences, for people who check what they wrote. */
export function triggerSentences(triggering: Triggering, when: When): string[] {
  const { events, branchPatterns, tagPatterns, cancelPreviousBuilds } = triggering
  if (events.length === 0) return ['Only people and the API start it: it names no events.']
  const onBranches = events.some((event) => event !== 'tag')
  return [
    `Started by ${listed(events.map((event) => eventWords[event]))}.`,
    ...(onBranches && branchPatterns.length > 0
      ? [`Branches, the last that matches decides: ${patternText(branchPatterns)}.`]
      : []),
    ...(events.includes('tag') && tagPatterns.length > 0
      ? [`Tags, the last that matches decides: ${patternText(tagPatterns)}.`]
      : []),
    ...whenSentences(when),
    ...(cancelPreviousBuilds ? ['A newer push ends the older builds of its branch.'] : []),
  ]
}

/** What else must be so, for a workflow and for a step. */
const whenSentences = ({ changeset, condition }: When): string[] => [
  ...(changeset === null ? [] : [`Only when ${changesetText(changeset)} changed.`]),
  ...(condition === null ? [] : [`Only when ${condition}.`]),
]

function changesetText({ includes, excludes }: NonNullable<When['changeset']>): string {
  const quoted = (globs: readonly string[]) => listed(globs.map((glob) => `"${glob}"`))
  const some = includes.length === 0 ? 'any file' : quoted(includes)
  return excludes.length === 0 ? some : `${some}, except ${quoted(excludes)},`
}

const patternText = (
  patterns: readonly { pattern: string; include: boolean; source?: boolean }[],
): string =>
  patterns
    .map(({ pattern, include, source }) => {
      const side = source === false ? ' as target' : ''
      return `${include ? '' : 'not '}"${pattern}"${side}`
    })
    .join(', ')

const listed = (words: readonly string[]): string =>
  words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1] ?? ''}`
