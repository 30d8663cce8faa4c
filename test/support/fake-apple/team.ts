import { team as teamId } from '../apple-files.ts'
import { issue, makeProfile } from './issue.ts'
import { Refused } from './refused.ts'

/** What Apple gives a team of each kind. */
const certificatesMax = 2

/** What is issued by the API, and what each kind's name begins with. */
export const certificateNames: Record<string, string> = {
  DEVELOPMENT: 'Apple Development',
  DISTRIBUTION: 'Apple Distribution',
  IOS_DEVELOPMENT: 'iPhone Developer',
  IOS_DISTRIBUTION: 'iPhone Distribution',
  MAC_APP_DEVELOPMENT: 'Mac Developer',
  MAC_APP_DISTRIBUTION: '3rd Party Mac Developer Application',
  MAC_INSTALLER_DISTRIBUTION: '3rd Party Mac Developer Installer',
  DEVELOPER_ID_APPLICATION: 'Developer ID Application',
}

type ProfileType = { needsDevices: boolean; certificates: string[]; classes: string[] }
const ios = ['IPHONE', 'IPAD', 'IPOD', 'APPLE_WATCH']
const distribution = ['DISTRIBUTION', 'IOS_DISTRIBUTION']
const profileTypes: Record<string, ProfileType> = {
  IOS_APP_DEVELOPMENT: {
    needsDevices: true,
    certificates: ['DEVELOPMENT', 'IOS_DEVELOPMENT'],
    classes: ios,
  },
  IOS_APP_ADHOC: { needsDevices: true, certificates: distribution, classes: ios },
  IOS_APP_STORE: { needsDevices: false, certificates: distribution, classes: ios },
  IOS_APP_INHOUSE: { needsDevices: false, certificates: distribution, classes: ios },
  MAC_APP_DEVELOPMENT: {
    needsDevices: true,
    certificates: ['DEVELOPMENT', 'MAC_APP_DEVELOPMENT'],
    classes: ['MAC'],
  },
  MAC_APP_STORE: {
    needsDevices: false,
    certificates: ['DISTRIBUTION', 'MAC_APP_DISTRIBUTION'],
    classes: [],
  },
  MAC_APP_DIRECT: {
    needsDevices: false,
    certificates: ['DEVELOPER_ID_APPLICATION'],
    classes: [],
  },
}
const udidPattern = /^([0-9A-F]{8}-[0-9A-F]{16}|[0-9a-f]{40})$/i

export const kinds = ['devices', 'bundleIds', 'certificates', 'profiles'] as const
export type Kind = (typeof kinds)[number]
export type Row = {
  id: string
  attributes: Record<string, unknown>
  /** Ids of what a profile is made of. */
  made?: { certificates: string[]; devices: string[] }
}
export type Sent = {
  attributes: Record<string, unknown>
  relationships?: Record<string, { data: unknown }>
}

/** What one team has, and the rules that Apple holds it to. */
export class Team {
  readonly has: Record<Kind, Row[]> = { devices: [], bundleIds: [], certificates: [], profiles: [] }
  readonly #now: () => number
  #count = 0

  constructor(now: () => number) {
    this.#now = now
  }

  add(kind: Kind, attributes: Row['attributes'], made?: Row['made']): Row {
    const id = `ID${String(++this.#count).padStart(8, '0')}`
    const row = { id, attributes, ...(made && { made }) }
    this.has[kind].push(row)
    return row
  }

  create(kind: Kind, { attributes = {}, relationships = {} }: Sent): Row {
    switch (kind) {
      case 'devices':
        return this.#createDevice(attributes)
      case 'bundleIds':
        return this.#createBundleId(attributes)
      case 'certificates':
        return this.#createCertificate(attributes)
      case 'profiles':
        return this.#createProfile(attributes, relationships)
    }
  }

  /** Devices can only be disabled; the rest can be deleted, which revokes a certificate. */
  remove(kind: Kind, id: string): void {
    if (kind === 'devices') throw new Refused(405, 'METHOD_NOT_ALLOWED', 'Devices stay.')
    const index = this.has[kind].findIndex((row) => row.id === id)
    if (index === -1) throw new Refused(404, 'NOT_FOUND', `There is no resource with id '${id}'.`)
    this.has[kind].splice(index, 1)
  }

  /** As people get to see it. A profile is no longer good without what it was made of. */
  shown(kind: Kind, { id, attributes, made }: Row) {
    const { certificates, devices } = this.has
    const isGood =
      made === undefined ||
      (Date.parse(String(attributes['expirationDate'])) > this.#now() &&
        made.certificates.every((each) => certificates.some((row) => row.id === each)) &&
        made.devices.every((each) =>
          devices.some((row) => row.id === each && row.attributes['status'] === 'ENABLED'),
        ))
    return {
      type: kind,
      id,
      attributes: { ...attributes, ...(made && { profileState: isGood ? 'ACTIVE' : 'INVALID' }) },
    }
  }

  #createDevice(attributes: Row['attributes']): Row {
    const { name, udid, platform } = attributes
    required(attributes, 'name', 'udid', 'platform')
    if (platform !== 'IOS' && platform !== 'MAC_OS') throw invalid('platform', 'is no platform')
    if (String(name).length > 50) throw invalid('name', 'has more than 50 characters')
    if (!udidPattern.test(String(udid))) throw invalid('udid', `'${udid}' is no device ID`)
    const key = String(udid).toLowerCase()
    if (this.has.devices.some((row) => String(row.attributes['udid']).toLowerCase() === key)) {
      throw invalid('udid', `A device with number '${udid}' already exists on this team.`)
    }
    const deviceClass = platform === 'IOS' ? 'IPHONE' : 'MAC'
    return this.add('devices', {
      name,
      udid,
      platform,
      status: 'ENABLED',
      deviceClass,
      model: null,
    })
  }

  #createBundleId(attributes: Row['attributes']): Row {
    const { identifier, name, platform } = attributes
    required(attributes, 'identifier', 'name', 'platform')
    if (platform !== 'IOS' && platform !== 'MAC_OS') {
      throw invalid(
        'platform',
        `'${String(platform)}' is not a valid value, expected IOS or MAC_OS`,
      )
    }
    if (!/^[\p{L}\p{N} ]+$/u.test(String(name))) throw invalid('name', 'has special characters')
    if (!/^[A-Za-z0-9.-]+(\.\*)?$|^\*$/.test(String(identifier))) {
      throw invalid('identifier', `'${identifier}' is no bundle identifier`)
    }
    if (this.has.bundleIds.some((row) => row.attributes['identifier'] === identifier)) {
      throw invalid('identifier', `An App ID with Identifier '${identifier}' is not available.`)
    }
    return this.add('bundleIds', { identifier, name, platform, seedId: teamId })
  }

  #createCertificate(attributes: Row['attributes']): Row {
    const { certificateType, csrContent } = attributes
    required(attributes, 'certificateType', 'csrContent')
    const kind = certificateNames[String(certificateType)]
    if (kind === undefined) throw invalid('certificateType', `'${String(certificateType)}' is none`)
    const issued = issue(String(csrContent), kind, this.#now())
    const same = this.has.certificates.filter(
      (row) => row.attributes['certificateType'] === certificateType,
    )
    if (same.length >= certificatesMax) {
      throw new Refused(
        409,
        'ENTITY_ERROR',
        'You already have a current certificate or a pending certificate request.',
      )
    }
    return this.add('certificates', { certificateType, platform: 'IOS', ...issued })
  }

  #createProfile(attributes: Row['attributes'], sent: NonNullable<Sent['relationships']>): Row {
    const { name, profileType } = attributes as { name: string; profileType: string }
    required(attributes, 'name', 'profileType')
    const type = profileTypes[profileType]
    if (type === undefined) throw invalid('profileType', `'${profileType}' is none`)
    if (this.has.profiles.some((row) => row.attributes['name'] === name)) {
      throw new Refused(
        409,
        'ENTITY_ERROR',
        `Multiple profiles found with the name '${name}'. Please remove the duplicate profiles and try again.`,
      )
    }
    const [app] = this.#related('bundleIds', 'bundleId', sent)
    const certificates = this.#related('certificates', 'certificates', sent)
    const devices = this.#related('devices', 'devices', sent)
    if (app === undefined) throw unrelated('bundleId', 'is required')
    if (certificates.length === 0) throw unrelated('certificates', 'are required')
    const kindOf = ({ attributes: each }: Row) => String(each['certificateType'])
    if (certificates.some((row) => !type.certificates.includes(kindOf(row)))) {
      throw unrelated('certificates', 'are of another kind than the profile')
    }
    if (type.needsDevices !== devices.length > 0) throw unrelated('devices', 'not so for this kind')
    const other = devices.find(
      ({ attributes: each }) =>
        each['status'] !== 'ENABLED' || !type.classes.includes(String(each['deviceClass'])),
    )
    if (other !== undefined) throw unrelated('devices', `'${other.id}' is of another platform`)
    const made = makeProfile({
      name,
      profileType,
      bundleId: String(app.attributes['identifier']),
      certificates: certificates.map((row) => String(row.attributes['certificateContent'])),
      udids: devices.map((row) => String(row.attributes['udid'])),
      now: this.#now(),
    })
    const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => id)
    return this.add(
      'profiles',
      { name, profileType, platform: 'IOS', ...made },
      { certificates: idsOf(certificates), devices: idsOf(devices) },
    )
  }

  #related(kind: Kind, of: string, sent: NonNullable<Sent['relationships']>): Row[] {
    const { data } = sent[of] ?? {}
    const named = (Array.isArray(data) ? data : data ? [data] : []) as {
      id: string
      type: string
    }[]
    return named.map(({ id, type }) => {
      const row = this.has[kind].find((each) => each.id === id)
      if (row !== undefined && type === kind) return row
      throw unrelated(of, `there is no ${kind} '${id}'`)
    })
  }
}

function required(attributes: Row['attributes'], ...names: string[]): void {
  const missing = names.find((name) => typeof attributes[name] !== 'string')
  if (missing === undefined) return
  throw new Refused(
    409,
    'ENTITY_ERROR.ATTRIBUTE.REQUIRED',
    `You must provide a value for the attribute '${missing}' with this request`,
    `/data/attributes/${missing}`,
  )
}

const invalid = (name: string, words: string): Refused =>
  new Refused(409, 'ENTITY_ERROR.ATTRIBUTE.INVALID', words, `/data/attributes/${name}`)

const unrelated = (name: string, words: string): Refused =>
  new Refused(409, 'ENTITY_ERROR.RELATIONSHIP.INVALID', words, `/data/relationships/${name}`)
