/** The tag by which every process of a build is found again, so no variable may replace it. */
export const buildIdVariable = 'OORE_BUILD_ID'

/** Who runs Oore, and where: what the runner needs, and a build or git gets in a form of its own. */
const ownNames = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR']

/** How this machine reaches others: through which proxy, and whose certificates it believes. */
const networkNames = [
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
    name,
    name.toUpperCase(),
  ]),
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
]

/** Where this machine keeps its tools, and how it speaks. */
const toolNames = [
  'LANG',
  'LANGUAGE',
  'TZ',
  'ANDROID_HOME',
  'ANDROID_NDK_HOME',
  'ANDROID_SDK_ROOT',
  'DEVELOPER_DIR',
  'FLUTTER_ROOT',
  'FVM_CACHE_PATH',
  'GEM_HOME',
  'JAVA_HOME',
  'NVM_DIR',
  'PUB_CACHE',
]

type Variables = Readonly<Record<string, string | undefined>>

/** Everything of the machine's that a runner is started with. */
export const runnerVariables = (from: Variables = process.env): Record<string, string> =>
  pick(from, (name) => ownNames.includes(name) || isForBuilds(name))

/** What of that goes on to the steps of a build as it is. */
export const buildVariables = (from: Variables = process.env): Record<string, string> =>
  pick(from, isForBuilds)

/** What of that git gets, wherever it runs. */
export const networkVariables = (from: Variables = process.env): Record<string, string> =>
  pick(from, (name) => networkNames.includes(name))

/** The user names and passwords in the addresses of proxies: they must not be read in a log. */
export function proxySecrets(from: Variables = process.env): string[] {
  return Object.entries(networkVariables(from)).flatMap(([name, address]) => {
    if (!/_proxy$/i.test(name)) return []
    // The scheme may be left out, so this is no URL for `new URL`.
    const [, signIn = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.*)@/i.exec(address) ?? []
    const password = signIn.slice(signIn.indexOf(':') + 1)
    return [signIn, password, decoded(password)].filter((text) => text !== '')
  })
}

/** The value of one variable that this process was started with. */
export const machineVariable = (name: string): string | undefined => process.env[name]

const isForBuilds = (name: string): boolean =>
  networkNames.includes(name) || toolNames.includes(name) || /^LC_[A-Z]+$/.test(name)

function pick(from: Variables, isWanted: (name: string) => boolean): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && isWanted(name)) picked[name] = value
  }
  return picked
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
