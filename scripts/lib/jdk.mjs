import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What signs for Android: keystores and apps of the tests are made and verified with them. */
const programs = ['keytool', 'jarsigner', 'apksigner', 'zipalign']
const packages = 'openjdk-17-jdk-headless apksigner zipalign'

/** Installs them by apt-get where that is possible. Returns those that are missing all the same. */
export function ensureJdk() {
  if (missing().length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('Installing a JDK and the tools that sign for Android …')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const install = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${packages}`
    spawnSync('sh', ['-c', install], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  return missing()
}

const missing = () => {
  const dirs = (process.env.PATH ?? '').split(delimiter)
  return programs.filter((name) => !dirs.some((dir) => existsSync(join(dir, name))))
}

/** @param {readonly string[]} names */
export const howToGetJdk = (names) =>
  `Tests that sign for Android are skipped: ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} ` +
  'missing. Debian: apt-get install openjdk-17-jdk-headless apksigner zipalign; macOS: ' +
  'brew install openjdk, and the build tools of the Android SDK on the PATH.'
