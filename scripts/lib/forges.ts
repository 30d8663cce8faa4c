import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startFakeGithub } from '../../test/support/fake-forges/github.ts'
import { startFakeGitlab } from '../../test/support/fake-forges/gitlab.ts'
import { foundOnGithub, foundOnGitlab } from './company.ts'

const saveMs = 2000
/** Older deliveries are forgotten when the forges are next started. */
const deliveriesKept = 500

export type Forges = {
  github: { url: string; apiUrl: string }
  gitlab: { url: string; application: { id: string; secret: string } }
  /** Where the keys of an App, once made, are kept. */
  stop(): Promise<void>
}

/**
 * The made-up GitHub and GitLab of `npm run dev`, which ask by hand and keep what they know in `home`.
 * Their ports stay what they were, because Oore remembers their addresses. Throws where they are taken.
 */
export async function startForges(home: string, ooreUrl: string): Promise<Forges> {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const saved = { github: savedIn(home, 'github'), gitlab: savedIn(home, 'gitlab') }
  const github = await startFakeGithub({ root: join(home, 'github'), ...saved.github }).catch(taken)
  const gitlab = await startFakeGitlab({ root: join(home, 'gitlab'), ...saved.gitlab }).catch(
    async (error: unknown) => {
      await github[Symbol.asyncDispose]()
      return taken(error)
    },
  )
  if (github.world.people.length === 0) await foundOnGithub(github)
  if (gitlab.world.people.length === 0) await foundOnGitlab(gitlab, ooreUrl)
  github.askByHand()
  gitlab.askByHand()
  const save = () => {
    keep(home, 'github', github)
    keep(home, 'gitlab', gitlab)
  }
  save()
  const saving = setInterval(save, saveMs)
  const [app] = gitlab.world.apps
  return {
    github,
    gitlab: {
      url: gitlab.url,
      application: { id: app?.clientId ?? '', secret: app?.clientSecret ?? '' },
    },
    async stop() {
      clearInterval(saving)
      save()
      await Promise.all([github[Symbol.asyncDispose](), gitlab[Symbol.asyncDispose]()])
    },
  }
}

type Saved<World> = { port: number; world: World }
type Worlds = {
  github: Awaited<ReturnType<typeof startFakeGithub>>['world']
  gitlab: Awaited<ReturnType<typeof startFakeGitlab>>['world']
}

function savedIn<Name extends keyof Worlds>(home: string, name: Name): Saved<Worlds[Name]> | null {
  const file = join(home, `${name}.json`)
  if (!existsSync(file)) return null
  return JSON.parse(readFileSync(file, 'utf8')) as Saved<Worlds[Name]>
}

/** Written beside and moved, so that a crash leaves the last whole state. It holds secrets. */
function keep(
  home: string,
  name: string,
  { url, world }: { url: string; world: { deliveries: unknown[] } },
): void {
  const file = join(home, `${name}.json`)
  const deliveries = world.deliveries.slice(-deliveriesKept)
  const saved = { port: Number(new URL(url).port), world: { ...world, deliveries } }
  writeFileSync(`${file}.draft`, JSON.stringify(saved), { mode: 0o600 })
  renameSync(`${file}.draft`, file)
}

function taken(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  const message =
    'The made-up forges of this directory run already, or something else has taken their ports. ' +
    'End that, or start anew with: npm run dev -- --fresh'
  throw new Error(message, { cause: error })
}
