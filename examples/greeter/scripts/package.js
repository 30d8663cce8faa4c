import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'))
const channel = process.env.APP_CHANNEL ?? 'dev'
const build = process.env.BUILD_NUMBER ?? 'local'
const staged = `build/${name}-${version}`

rmSync(staged, { recursive: true, force: true })
mkdirSync(staged, { recursive: true })
for (const directory of ['app', 'locales'])
  cpSync(directory, `${staged}/${directory}`, { recursive: true })
cpSync('build/icons', `${staged}/icons`, { recursive: true })
writeFileSync(
  `${staged}/app.json`,
  `${JSON.stringify({ name, version, channel, build }, null, 2)}\n`,
)

const files = readdirSync(staged, { recursive: true }).filter((path) =>
  statSync(`${staged}/${path}`).isFile(),
)
for (const path of files.toSorted()) console.log(`  + ${path}`)
execFileSync('tar', ['-czf', `${staged}.tar.gz`, '-C', 'build', `${name}-${version}`])
rmSync(staged, { recursive: true })

const size = (statSync(`${staged}.tar.gz`).size / 1000).toFixed(1)
console.log(`\n${name} ${version} (${channel}, build ${build}): ${staged}.tar.gz, ${size} kB`)
