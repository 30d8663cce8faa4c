import type { DevicePlatform } from '../../signing/connect/resources.ts'

type ProfileType = {
  /** The kinds of certificates that it is signed with; the first is issued where there is none. */
  certificates: readonly [string, ...string[]]
  platform: DevicePlatform
  needsDevices: boolean
}

const development = ['DEVELOPMENT', 'IOS_DEVELOPMENT'] as const
const distribution = ['DISTRIBUTION', 'IOS_DISTRIBUTION'] as const
const macDevelopment = ['DEVELOPMENT', 'MAC_APP_DEVELOPMENT'] as const
const macDistribution = ['DISTRIBUTION', 'MAC_APP_DISTRIBUTION'] as const
const developerId = ['DEVELOPER_ID_APPLICATION', 'DEVELOPER_ID_APPLICATION_G2'] as const

const type = (
  platform: DevicePlatform,
  certificates: ProfileType['certificates'],
  needsDevices: boolean,
): ProfileType => ({ platform, certificates, needsDevices })

/** Apple's kinds of profiles ("ProfileType" of its documentation), and what each is made of. */
export const profileTypes = {
  IOS_APP_DEVELOPMENT: type('ios', development, true),
  IOS_APP_ADHOC: type('ios', distribution, true),
  IOS_APP_STORE: type('ios', distribution, false),
  IOS_APP_INHOUSE: type('ios', distribution, false),
  MAC_APP_DEVELOPMENT: type('macos', macDevelopment, true),
  MAC_APP_STORE: type('macos', macDistribution, false),
  MAC_APP_DIRECT: type('macos', developerId, false),
  MAC_CATALYST_APP_DEVELOPMENT: type('macos', macDevelopment, true),
  MAC_CATALYST_APP_STORE: type('macos', macDistribution, false),
  MAC_CATALYST_APP_DIRECT: type('macos', developerId, false),
  TVOS_APP_DEVELOPMENT: type('tvos', development, true),
  TVOS_APP_ADHOC: type('tvos', distribution, true),
  TVOS_APP_STORE: type('tvos', distribution, false),
  TVOS_APP_INHOUSE: type('tvos', distribution, false),
} satisfies Record<string, ProfileType>

export type ProfileTypeName = keyof typeof profileTypes
