import type { Publishing } from '../pipeline/language/publishing.ts'
import type { Plan } from '../pipeline/plan.ts'
import type { ClaimTrust } from '../protocol/messages.ts'

/** What a plan asks for before its steps, and this version does not do: a sentence for each. */
export function notSetUp(plan: Plan, platform: string = process.platform): string[] {
  const { cachePaths } = plan
  return [
    ...when(
      isForAnother(plan.instanceType, platform),
      `The workflow was written for ${plan.instanceType}, and this machine is another: ${platform}. ` +
        'Steps that need the other system will fail.',
    ),
    ...when(
      cachePaths.length > 0,
      `The cache of ${cachePaths.length === 1 ? '1 path' : `${cachePaths.length} paths`} was not ` +
        'restored: this version of Oore keeps none.',
    ),
  ]
}

/** What a build of a fork goes without, whatever its configuration asks for. */
export function notForForks(trust: ClaimTrust): string[] {
  if (trust.is === 'own') return []
  return [
    'This is the code of a fork: it has no secrets, a home directory of its own, and no cache of ' +
      'other builds.',
    ...when(
      trust.withheld.length > 0,
      `Passed over, because no build of a fork gets it: ${trust.withheld.join('; ')}.`,
    ),
  ]
}

/** Names of machines begin with their system, as Node calls it here. */
const systems: Record<string, string> = { mac: 'darwin', linux: 'linux', windows: 'win32' }

function isForAnother(instanceType: string | null, platform: string): boolean {
  const system = Object.keys(systems).find((name) => instanceType?.startsWith(name))
  return system !== undefined && systems[system] !== platform
}

/** The same of publishing, at the end; null where nothing was to be published. */
export function notPublished(publishing: Publishing | null): string | null {
  if (publishing === null) return null
  const asked = Object.entries(publishing)
    .filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== null))
    .map(([name]) => name)
  if (asked.length === 0) return null
  return `Publishing was skipped: ${asked.join(', ')}. This version of Oore does not publish yet.`
}

const when = (holds: boolean, sentence: string): string[] => (holds ? [sentence] : [])
