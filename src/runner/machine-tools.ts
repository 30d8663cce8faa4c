import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Environment } from '../lib/variables.ts'
import { machinePath } from './environment.ts'

/** Where Android's own installers, Homebrew, Debian and hosted machines put the SDK. */
const androidPlaces = (home: string): string[] => [
  join(home, 'Library/Android/sdk'),
  join(home, 'Android/Sdk'),
  '/usr/lib/android-sdk',
  '/usr/local/lib/android/sdk',
  '/opt/android-sdk',
  '/opt/homebrew/share/android-commandlinetools',
  '/usr/local/share/android-commandlinetools',
]

/** The roots of the SDKs that scripts expect, as far as the machine did not say them itself. */
export function toolRoots(
  environment: Environment,
  searchPath: string = machinePath(),
): Record<string, string> {
  const flutter = environment['FLUTTER_ROOT'] ?? flutterOnPath(searchPath)
  const { ANDROID_SDK_ROOT: root, ANDROID_HOME: home } = environment
  const android =
    root ?? home ?? androidPlaces(environment['HOME'] ?? '/').find((place) => existsSync(place))
  return {
    ...(flutter !== null && { FLUTTER_ROOT: flutter }),
    ...(android !== undefined && {
      ANDROID_SDK_ROOT: root ?? android,
      ANDROID_HOME: home ?? android,
    }),
  }
}

/** The SDK that `flutter` belongs to; a wrapper that somebody wrote belongs to none. */
function flutterOnPath(searchPath: string): string | null {
  for (const directory of searchPath.split(':')) {
    const program = realPath(join(directory, 'flutter'))
    if (program === null || basename(dirname(program)) !== 'bin') continue
    const root = dirname(dirname(program))
    if (existsSync(join(root, 'packages/flutter'))) return root
  }
  return null
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}
