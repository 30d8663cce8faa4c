import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FakeGithub } from '../../test/support/fake-forges/github.ts'
import type { FakeGitlab } from '../../test/support/fake-forges/gitlab.ts'
import { levels } from '../../test/support/fake-forges/gitlab/world.ts'
import { root } from './fresh.mjs'

/*
 * The company that `npm run dev` makes up: two organizations on GitHub and a group on GitLab, with
 * copies of examples/, a pull request and one of a fork. Nobody is told of them as they are made.
 */

const quietly = { told: false }

/** People, organizations, repositories and pull requests, for a GitHub that has none. */
export async function foundOnGithub(github: FakeGithub): Promise<void> {
  github.addPerson('ines-ferro', { name: 'Inês Ferro' })
  github.addPerson('tom-okafor', { name: 'Tom Okafor' })
  github.addPerson('passer-by', { name: 'Passer By' })
  github.addOrg('lumen-apps', { 'ines-ferro': 'admin', 'tom-okafor': 'member' })
  github.addOrg('harbor', { 'ines-ferro': 'admin' })
  const greeter = github.addRepository('lumen-apps/greeter', { files: example('greeter') })
  github.addRepository('lumen-apps/attic', { files: example('greeter'), archived: true })
  const timetable = github.addRepository('lumen-apps/timetable', {
    private: false,
    files: example('greeter'),
  })
  github.addRepository('harbor/greeter-kiosk', { files: example('greeter') })
  github.addRepository('harbor/handbook', {
    files: { 'README.md': '# Handbook\n\nHow we work. Nothing to build.\n' },
  })
  await github.openPull(
    greeter,
    {
      branch: 'say-hello-in-french',
      files: { 'locales/fr.json': french },
      title: 'Say hello in French',
      by: 'tom-okafor',
    },
    quietly,
  )
  await github.openPull(
    timetable,
    {
      branch: 'main-fix',
      files: { 'README.md': '# Greeter\n\nWith a fix from outside.\n' },
      title: 'Mend the readme',
      fork: 'passer-by',
    },
    quietly,
  )
  github.signIn('ines-ferro')
}

/** The same people on GitLab, with a project and a merge request, and an application for Oore. */
export async function foundOnGitlab(gitlab: FakeGitlab, ooreUrl: string): Promise<void> {
  gitlab.addPerson('ines.ferro', { name: 'Inês Ferro' })
  gitlab.addPerson('tom.okafor', { name: 'Tom Okafor' })
  gitlab.addPerson('passer-by', { name: 'Passer By' })
  gitlab.addGroup('lumen', { 'ines.ferro': levels.owner, 'tom.okafor': levels.developer })
  const greeter = gitlab.addProject('lumen/apps/greeter', { files: example('greeter') })
  gitlab.addProject('lumen/apps/attic', { files: example('greeter'), archived: true })
  await gitlab.openMerge(
    greeter,
    {
      branch: 'say-hello-in-french',
      files: { 'locales/fr.json': french },
      title: 'Say hello in French',
      by: 'tom.okafor',
    },
    quietly,
  )
  gitlab.addApp(
    ['/setup/gitlab/callback', '/login/gitlab/callback'].map((path) => `${ooreUrl}${path}`),
    ['api', 'read_api', 'read_user', 'read_repository'],
  )
  gitlab.signIn('ines.ferro')
}

/** The files of an example by their paths. */
function example(name: string): Record<string, string> {
  const dir = join(root, 'examples', name)
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return [path.slice(dir.length + 1), readFileSync(path, 'utf8')]
      }),
  )
}

const french = JSON.stringify(
  {
    morning: 'Bonjour, {name} !',
    day: 'Bonjour, {name} !',
    evening: 'Bonsoir, {name} !',
    night: 'Encore debout, {name} ?',
    stranger: 'toi',
  },
  null,
  2,
).concat('\n')
