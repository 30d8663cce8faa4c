import { OoreError } from '../../lib/errors.ts'
import type { Want } from '../contract.ts'
import { git, type GitOptions } from './run.ts'

const namesShownMax = 5

/**
 * That a repository has no such branch, tag or commit: OoreError `invalid` with the field, and for
 * branches and tags the names there are, nearest first. Where they are asked for says `from`: a
 * repository on this disk (no remote), or the remote itself.
 */
export async function missing(url: string, want: Want, from: GitOptions): Promise<OoreError> {
  if ('commit' in want) {
    return invalid(
      'commit',
      `${url} has no commit ${want.commit}. It may have been replaced by a forced push, ` +
        'or not been pushed yet.',
    )
  }
  if ('ref' in want) return invalid('ref', `${url} has no ref ${want.ref}.`)
  const field = 'tag' in want ? 'tag' : 'branch'
  const name = 'tag' in want ? want.tag : want.branch
  const known = nearest(
    name ?? '',
    await namesFrom(from, url, `refs/${field === 'tag' ? 'tags' : 'heads'}/`),
  )
  const plural = field === 'tag' ? 'tags' : 'branches'
  const others = known.length === 0 ? `It has no ${plural} yet.` : `It has ${listed(known)}.`
  return invalid(field, `${url} has no ${field} ${JSON.stringify(name)}. ${others}`)
}

async function namesFrom(from: GitOptions, url: string, namespace: string): Promise<string[]> {
  const args = from.remote
    ? ['ls-remote', '--refs', '--', url, `${namespace}*`]
    : ['for-each-ref', '--format=%(objectname)%09%(refname)', namespace]
  const { stdout } = await git(args, from)
  return stdout
    .split('\n')
    .map((line) => line.split('\t')[1]?.slice(namespace.length) ?? '')
    .filter((name) => name !== '')
}

/** Names that hold what was asked for come first, then the rest by name. */
function nearest(asked: string, names: readonly string[]): string[] {
  const wanted = asked.toLowerCase()
  const distance = (name: string) => {
    const text = name.toLowerCase()
    return text === wanted ? 0 : text.includes(wanted) || wanted.includes(text) ? 1 : 2
  }
  return names.toSorted((a, b) => distance(a) - distance(b) || a.localeCompare(b))
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, namesShownMax).join(', ')
  const more = names.length - namesShownMax
  return more > 0 ? `${shown} and ${more} more` : shown
}

export function invalid(field: string, message: string): OoreError {
  return new OoreError('invalid', message, { fields: [{ field, message }] })
}
