import { join, relative, resolve } from 'node:path'
import type { Plan } from '../../pipeline/plan.ts'
import { isThere, readSecretsFile } from '../../runner/local/secrets-file.ts'
import type { LocalRoot } from '../../runner/local/root.ts'
import { CallFailed, exitCodes } from '../exit.ts'

export const secretsFileName = '.oore.env'

/** What a run is given beside its code. */
export type GivenVariables = {
  variables: Record<string, string>
  /** The values of the file: they are secrets. */
  masks: string[]
  /** Where the file lies, whether or not it is there. */
  file: string
}

/**
 * The variables of the file and of `--var`, which wins. Throws CallFailed for what is no
 * `NAME=value` and for a file that was named and is not there, OoreError where the file is not
 * safe from git or cannot be read; see readSecretsFile.
 */
export async function givenVariables(
  root: LocalRoot,
  named: string | undefined,
  pairs: readonly string[],
): Promise<GivenVariables> {
  const given = Object.fromEntries(pairs.map(pairOf))
  const file = named === undefined ? join(root.path, secretsFileName) : resolve(named)
  if (named === undefined && !isThere(file)) return { variables: given, masks: [], file }
  const secrets = await readSecretsFile(root, file)
  return { variables: { ...secrets, ...given }, masks: Object.values(secrets), file }
}

function pairOf(pair: string): [string, string] {
  const [, name, value = ''] = /^([A-Za-z_]\w*)=([^]*)$/.exec(pair) ?? []
  if (name !== undefined && name !== ownName) return [name, value]
  const why = name === ownName ? `${ownName} is Oore's own` : `${pair} is not understood`
  throw new CallFailed(`--var: ${why}. Write --var NAME=value.`, exitCodes.usage)
}

const ownName = 'OORE_BUILD_ID'

/** Where the variables of a workflow's groups come from, in a sentence; null where it has none. */
export function groupsText(groups: readonly string[], file: string): string | null {
  if (groups.length === 0) return null
  const name = relative('.', file)
  const what = groups.length === 1 ? `the group ${groups[0]}` : `the groups ${groups.join(', ')}`
  return isThere(file)
    ? `The variables of ${what} are taken from ${name}.`
    : `The variables of ${what} are not on this machine. Write those that are needed into ${name}.`
}

/** What of signing a workflow goes without here, in a sentence; null where it asks for none. */
export function signingText({
  signing,
  integrations,
}: Pick<Plan, 'signing' | 'integrations'>): string | null {
  const asked = [
    ...(signing.ios === null ? [] : ['ios_signing']),
    ...(signing.android.length === 0 ? [] : ['android_signing']),
    ...(Object.keys(integrations).length === 0 ? [] : ['integrations']),
  ]
  if (asked.length === 0) return null
  return `Passed over: ${asked.join(', ')}. What is stored on a server stays there; variables such as CM_KEYSTORE_PATH may stand in ${secretsFileName}.`
}
