import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pino } from 'pino'
import { readConfig } from '../../src/config.ts'
import type { Actor } from '../../src/core/access/actor.ts'
import type { Ctx, Services } from '../../src/core/ctx.ts'
import { LogStore } from '../../src/core/logs/store.ts'
import { addRepository } from '../../src/core/repositories/add.ts'
import type { Provider, Repository } from '../../src/core/repositories/repository.ts'
import { openDatabase } from '../../src/db/client.ts'
import { defaultOrganizationId } from '../../src/db/schema/organizations.ts'
import { Bells } from '../../src/lib/bell.ts'
import { openKeyring } from '../../src/lib/crypto.ts'
import { scmFor } from '../../src/scm/index.ts'
import { heldClock } from './clock.ts'
import { sharedCredentialReader, sharedReader } from './reader.ts'
import { makeRepo, type TestRepo } from './repo.ts'

export const testAdminToken = 'test-admin-token-0123456789abcdef'

export type TestServices = Services & {
  /** Moves the clock that everything in these services reads. */
  advance(ms: number): void
  as(actor: Actor): Ctx
  /** A repository in git and in the database. */
  repository(
    files: Record<string, string>,
    provider?: Provider,
  ): Promise<{ git: TestRepo; repository: Repository }>
  [Symbol.asyncDispose](): Promise<void>
}

export const admin: Actor = { is: 'admin', via: 'token' }

/** The real services over a real database file in a directory of their own, and a held clock. */
export async function makeServices(settings: Record<string, string> = {}): Promise<TestServices> {
  const home = mkdtempSync(join(tmpdir(), 'oore-core-'))
  const config = readConfig({
    OORE_DATA_DIR: home,
    ENCRYPTION_KEY: 'c0ffee'.padEnd(64, '0123456789'),
    OORE_ADMIN_TOKEN: testAdminToken,
    OORE_ALLOW_LOCAL_REPOSITORIES: 'true',
    ...settings,
  })
  const db = await openDatabase({ ...config.database, migrationsDir: resolve('src/db/migrations') })
  const { clock, advance } = heldClock()
  const bells = new Bells()
  const repos: TestRepo[] = []
  const services: Services = {
    db,
    config,
    clock,
    bells,
    logs: new LogStore({ directory: config.logsDir, maxBytes: config.maxLogBytes, bells }),
    keyring: openKeyring(config.encryptionKey),
    scm: scmFor,
    reader: await sharedReader(),
    credentialReader: await sharedCredentialReader(),
    log: pino({ level: 'silent' }),
    life: {
      startedAt: clock(),
      phase: 'ready',
      drain: 'none',
      told: new Map(),
      heard: new Map(),
      addressCheck: null,
      selfCalls: new Set(),
      rejected: new Map(),
    },
  }
  const as = (actor: Actor): Ctx => ({
    ...services,
    actor,
    organizationId: defaultOrganizationId,
    requestId: 'test',
  })
  return {
    ...services,
    as,
    advance,
    async repository(files, provider = 'git') {
      const git = makeRepo(files)
      repos.push(git)
      const { repository } = await addRepository(as(admin), {
        provider,
        clone_url: git.url,
        name: `app-${repos.length}`,
        webhook_secret: 'a-webhook-secret-of-tests',
      })
      return { git, repository }
    },
    async [Symbol.asyncDispose]() {
      services.logs.close()
      await db.close()
      for (const repo of repos) repo[Symbol.dispose]()
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
