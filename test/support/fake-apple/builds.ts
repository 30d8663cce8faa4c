import { Refused } from './refused.ts'

/** A build that was uploaded, and whether a version in the App Store has it. */
export type FakeBuild = {
  appId: string
  number: string
  version: string
  platform?: string
  isInStore?: boolean
}

const documented: Record<'builds' | 'versions', readonly string[]> = {
  builds: [
    'filter[app]',
    'filter[preReleaseVersion.version]',
    'filter[preReleaseVersion.platform]',
    'fields[builds]',
  ],
  versions: ['filter[versionString]', 'filter[platform]', 'fields[builds]', 'include'],
}

type Listed = { data: object[]; included?: object[] }

/** `GET /v1/builds`. */
export function listBuilds(builds: readonly FakeBuild[], query: URLSearchParams): Listed {
  check(query, 'builds')
  const found = builds.filter(
    (each) =>
      fits(query, 'filter[app]', each.appId) &&
      fits(query, 'filter[preReleaseVersion.version]', each.version) &&
      fits(query, 'filter[preReleaseVersion.platform]', platformOf(each)),
  )
  return { data: found.map(buildOf) }
}

/** `GET /v1/apps/{id}/appStoreVersions`: one for each version, its build beside it where asked for. */
export function listVersions(
  builds: readonly FakeBuild[],
  appId: string,
  query: URLSearchParams,
): Listed {
  check(query, 'versions')
  if (!builds.some((each) => each.appId === appId)) {
    throw new Refused(404, 'NOT_FOUND', `There is no resource of type 'apps' with id '${appId}'.`)
  }
  const found = builds.filter(
    (each) =>
      each.appId === appId &&
      each.isInStore === true &&
      fits(query, 'filter[versionString]', each.version) &&
      fits(query, 'filter[platform]', platformOf(each)),
  )
  const data = found.map((each) => ({
    type: 'appStoreVersions',
    id: `V${each.number}`,
    attributes: { versionString: each.version, platform: platformOf(each) },
  }))
  return query.get('include') === 'build' ? { data, included: found.map(buildOf) } : { data }
}

const platformOf = ({ platform = 'IOS' }: FakeBuild): string => platform

const buildOf = ({ number }: FakeBuild) => ({
  type: 'builds',
  id: `B${number}`,
  attributes: { version: number },
})

const fits = (query: URLSearchParams, name: string, own: string): boolean =>
  !query.has(name) || query.get(name)?.split(',').includes(own) === true

function check(query: URLSearchParams, what: keyof typeof documented): void {
  const unknown = [...query.keys()].find(
    (name) => name !== 'limit' && name !== 'cursor' && !documented[what].includes(name),
  )
  if (unknown === undefined) return
  throw new Refused(400, 'PARAMETER_ERROR.ILLEGAL', `The parameter '${unknown}' is none.`)
}
