import { Command } from 'commander'
import { messageOf } from '../lib/errors.ts'
import { whole } from './options.ts'
import { answerOf } from './run.ts'
import { log, say, ToolFailed, valueOf } from './values.ts'

type Options = { previousCommit?: string; skipPattern: string; commitLimit: number }

const merges = '^[Mm]erged? (remote-tracking )?(branch|pull request|in) .*'
const commitLimit = 50
const commitLimitMax = 10_000
const gitMs = 60_000

/** `git-changelog …`: what was committed since, as a list for release notes. */
export function gitChangelogCommand(): Command {
  const root = new Command('git-changelog').description('what was committed, for release notes')
  root
    .command('generate')
    .description('print the subjects of the commits since one, the newest first')
    // Codemagic's own example gives a commit behind an option that may be empty.
    .argument('[commit]', 'since this one, where --previous-commit is empty')
    .option('--previous-commit <commit>', 'since this one')
    .option('--skip-pattern <regex>', 'subjects that are left out', merges)
    .option('--commit-limit <count>', 'of how many at most', whole(1, commitLimitMax), commitLimit)
    .action((commit: string | undefined, options: Options) => {
      const previous = valueOf(options.previousCommit || commit || '').trim()
      const skipped = patternOf(valueOf(options.skipPattern))
      for (const subject of subjectsSince(previous, options.commitLimit)) {
        if (!skipped.test(subject)) say(`- ${subject}`)
      }
    })
  return root
}

function patternOf(written: string): RegExp {
  try {
    return new RegExp(written)
  } catch (error) {
    throw new ToolFailed(`--skip-pattern: ${messageOf(error)}`, 2)
  }
}

/** A commit that is not in the history, after a forced push or in a shallow clone, bounds nothing. */
function subjectsSince(previous: string, limit: number): string[] {
  const isKnown = previous !== '' && knows(previous)
  if (previous !== '' && !isKnown) {
    log(`${previous} is not in this clone, so the newest ${limit} are given.`)
  }
  const range = isKnown ? [`${previous}..HEAD`] : ['HEAD']
  return git('log', '--format=%s', `--max-count=${limit}`, ...range, '--')
    .split('\n')
    .filter((subject) => subject.trim() !== '')
}

function knows(commit: string): boolean {
  try {
    git('rev-parse', '--quiet', '--verify', '--end-of-options', `${commit}^{commit}`)
    return true
  } catch {
    return false
  }
}

const git = (...args: string[]): string => answerOf(['git', ...args], gitMs)
