import type { Triggering } from './pipeline.ts'

const eventWords: Record<Triggering['events'][number], string> = {
  push: 'a push',
  pull_request: 'a pull request',
  pull_request_labeled: 'a label on a pull request',
  tag: 'a tag',
}

/** What starts a workflow, in sentences, for people who check what they wrote. */
export function triggerSentences(triggering: Triggering): string[] {
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
    ...(cancelPreviousBuilds ? ['A newer push ends the older builds of its branch.'] : []),
  ]
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
