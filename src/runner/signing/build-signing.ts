import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { seconds } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { newToken } from '../../lib/ids.ts'
import { durationText } from '../../lib/sizes.ts'
import type { Environment } from '../../lib/variables.ts'
import type { Claim } from '../../protocol/messages.ts'
import type { StepLog } from '../step-log.ts'
import type { Workspace } from '../workspace.ts'
import { keystoreFiles } from './android.ts'
import { makeSigningDirectory, writeSigningFiles } from './files.ts'
import { installFiles } from './ios/files.ts'
import { installForApple } from './ios/install.ts'
import { readStanding } from './ios/security.ts'
import { openJournal } from './journal.ts'
import { takeLock, type Lock } from './lock.ts'
import { signsForApple, type SigningPlace } from './machine.ts'
import { holdJournal, journalPath, lockPath, replayHolding } from './replay.ts'
import { undoAll } from './undo.ts'

/** Undoing outlives the build and its limits, and has one of its own. */
const undoMsMax = seconds(120)

/** What one build signs with on this machine, from its set-up until it has ended. */
export type BuildSigning = {
  /** Texts that must never appear in its log. */
  masks: readonly string[]
  /**
   * Puts the files in place and says so; resolves with the variables of the steps, of which `around`
   * are those so far. Throws OoreError where the machine cannot sign, and the reason of the signal
   * once that is aborted.
   */
  install(log: StepLog, stop: AbortSignal, around: Environment): Promise<Record<string, string>>
  /** Undoes everything, once; resolves with what could not be undone, in sentences. Never throws. */
  cleanUp(): Promise<string[]>
}

export function openBuildSigning(
  claim: Claim,
  workspace: Workspace,
  place: SigningPlace,
): BuildSigning {
  const { ios, android } = claim.signing
  const { machine } = place
  const isApple = signsForApple(machine)
  const keychainPassword = newToken()
  const journal = openJournal(journalPath(place, claim.build_id), machine.reached)
  let held: { letGo(): void } | null = null
  let lock: Lock | null = null

  return {
    masks: [
      ...(isApple && ios !== null ? [keychainPassword] : []),
      ...android.flatMap((keystore) => [keystore.store_password, keystore.key_password]),
      ...(ios?.certificates ?? []).map(({ password }) => password),
    ],

    async install(log, stop, around) {
      for (const line of notGiven(claim)) log.warn(line)
      if (ios === null && android.length === 0 && !isApple) return {}
      held = holdJournal(journal.path)
      makeSigningDirectory(workspace.signing, journal)
      const keystores = keystoreFiles(android, workspace.signing)
      writeSigningFiles(keystores.files)
      for (const line of keystores.said) log.say(line)
      if (isApple && (ios !== null || changesKeychains(claim))) lock = await waitForLock(log, stop)
      const own = isApple ? await openBuildsOwn(log) : {}
      return { ...keystores.variables, ...(await forApple(log, stop, around)), ...own }
    },

    async cleanUp() {
      const mine = held
      if (mine === null) return []
      held = null
      try {
        return await withinTime(undoAll(journal.path, machine))
      } finally {
        mine.letGo()
        lock?.release()
      }
    },
  }

  async function waitForLock(log: StepLog, signal: AbortSignal): Promise<Lock> {
    const taken = await takeLock({
      path: lockPath(machine),
      build: claim.build_id,
      journal: journal.path,
      onWait: ({ build, pid }) =>
        log.say(
          `Waits for the build ${build || 'before it'} (process ${pid}), which signs on this ` +
            'account: its keychains are shared, so one build signs at a time.',
        ),
      onStale: async (stale) => {
        for (const sentence of await undoAll(stale, machine)) place.warn(sentence)
      },
      signal,
    })
    for (const sentence of await replayHolding(place)) place.warn(sentence)
    return taken
  }

  async function forApple(
    log: StepLog,
    stop: AbortSignal,
    around: Environment,
  ): Promise<Record<string, string>> {
    if (ios === null) return {}
    const directory = workspace.signing
    if (!isApple) {
      log.warn(
        `This machine (${machine.platform}) cannot sign for iOS. The certificates and profiles are ` +
          'there as files, and steps that sign with them need a Mac.',
      )
      return installFiles(ios, claim.plan, directory, null)
    }
    const { build_id: buildId, plan } = claim
    const { root } = workspace
    const { DEVELOPER_DIR: xcode = null } = around
    const job = { machine, journal, directory, keychainPassword, root, buildId, xcode, log, stop }
    return installForApple(ios, plan, job)
  }

  /** A journal for the build's own commands to append to; how that is undone is noted here. */
  async function openBuildsOwn(log: StepLog): Promise<Record<string, string>> {
    const path = join(workspace.signing, 'journal')
    const standing = await readStanding(machine, dirname(workspace.root)).catch(
      (error: unknown) => {
        log.warn(`How the keychains of this account stand is not known: ${messageOf(error)}`)
        return null
      },
    )
    journal.note({
      kind: 'build_journal',
      path,
      root: workspace.root,
      made_at_ms: statSync(workspace.root).birthtimeMs,
      search_list: standing?.searchList ?? null,
      default_keychain: standing?.defaultKeychain ?? null,
    })
    return { OORE_SIGNING_JOURNAL: path }
  }
}

/** What is not undone by then stays in the journal, for the next build or start of the runner. */
async function withinTime(work: Promise<string[]>): Promise<string[]> {
  const patience = new AbortController()
  const late = wait(undoMsMax, [tookTooLong], { signal: patience.signal }).catch(() => [])
  const sentences = await Promise.race([work, late])
  patience.abort()
  return sentences
}

const tookTooLong =
  `Undoing what was changed to sign took more than ${durationText(undoMsMax)}. ` +
  'The runner tries again before it signs next, and when it starts.'

/** Codemagic's command, and what it runs: what changes the keychains of the whole account. */
const keychainChange =
  /\b(keychain\s+(initialize|create|make-default|use-login)|security\s+(create-keychain|(default-keychain|list-keychains)\s[^\n]*-s))\b/

/** Do its own scripts change what the builds of an account share? Seen in their text, to be safe. */
const changesKeychains = ({ plan }: Claim): boolean =>
  plan.steps.some(({ script }) => keychainChange.test(script))

/** What the configuration asks for and no claim brings: a laptop has no stored files. */
function notGiven({ plan, signing }: Claim): string[] {
  const keystores = plan.signing.android.map(({ reference }) => `“${reference}”`).join(', ')
  return [
    ...(plan.signing.ios !== null && signing.ios === null
      ? [`Nothing was installed for ios_signing: no certificates and profiles ${cameAlong}`]
      : []),
    ...(keystores !== '' && signing.android.length === 0
      ? [`Nothing was installed for android_signing (${keystores}): no keystores ${cameAlong}`]
      : []),
  ]
}

const cameAlong =
  'came with this build. They are kept by the server, and a build elsewhere has none.'
