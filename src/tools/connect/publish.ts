import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { minutes, seconds } from '../../lib/clock.ts'
import type { SigningMachine } from '../../runner/signing/machine.ts'
import type { Connect } from '../../signing/connect/call.ts'
import { globSync } from '../glob.ts'
import { answerOf } from '../run.ts'
import { log, say, ToolFailed, valueOf } from '../values.ts'
import { saveFile } from './save.ts'

export type PublishOptions = {
  path?: string[]
  enablePackageValidation?: boolean
  altoolRetries: number
  altoolRetryWait: number
}

const usualPaths = ['**/*.ipa', '**/*.pkg']
const altoolMs = minutes(60)

/** What `altool --output-format json` prints at its end. */
const answer = z.object({
  'success-message': z.string().optional(),
  'product-errors': z
    .array(
      z.object({
        code: z.number().optional(),
        message: z.string().optional(),
        userInfo: z.object({ NSLocalizedFailureReason: z.string().optional() }).optional(),
      }),
    )
    .optional(),
})

/** What Apple's servers say on bad days, by the reports of many: the same upload goes through later. */
const passing =
  /-19209|Unable to authenticate|invalid response|timed? ?out|network connection was lost|Unable to process app at this time/i

/**
 * Sends apps to App Store Connect with Xcode's altool. Throws ToolFailed with Apple's words; what was
 * sent before stays sent.
 */
export async function publish(
  machine: SigningMachine,
  connect: Connect,
  options: PublishOptions,
): Promise<void> {
  const patterns = options.path?.map(valueOf) ?? usualPaths
  const packages = [...new Set(patterns.flatMap((pattern) => globSync(resolve(pattern))))]
  const other = packages.find((path) => !/\.(ipa|pkg)$/.test(path))
  if (other !== undefined) throw new ToolFailed(`${other} is neither an .ipa nor a .pkg.`, 2)
  if (packages.length === 0 || !packages.every(existsSync)) {
    throw new ToolFailed(`There is no .ipa and no .pkg at ${patterns.join(', ')}.`)
  }
  // One of the places where altool looks ("App Store Connect API key" of `xcrun altool --help`).
  const keyFile = join(machine.home, '.private_keys', `AuthKey_${connect.keyId}.p8`)
  const isOwn = !existsSync(keyFile)
  if (isOwn) saveFile(keyFile, Buffer.from(connect.privateKey.reveal()))
  try {
    for (const path of packages) {
      if (options.enablePackageValidation) {
        log(`Validating ${path}.`)
        await altool('--validate-app', path, connect, options)
      }
      log(`Uploading ${path}.`)
      say(await altool('--upload-app', path, connect, options))
    }
  } finally {
    if (isOwn) rmSync(keyFile, { force: true })
  }
}

async function altool(
  verb: string,
  path: string,
  { keyId, issuerId }: Connect,
  { altoolRetries, altoolRetryWait }: PublishOptions,
): Promise<string> {
  const type = path.endsWith('.pkg') ? 'macos' : 'ios'
  const what = [verb, '--file', path, '--type', type]
  const who = ['--apiKey', keyId, '--apiIssuer', issuerId]
  const command = ['xcrun', 'altool', ...what, ...who, '--output-format', 'json']
  for (let tried = 0; ; tried += 1) {
    const told = tell(command)
    if (told.isDone) return told.words
    if (tried >= altoolRetries || !passing.test(told.words)) throw new ToolFailed(told.words)
    log(`${told.words} Trying again.`)
    await pause(seconds(altoolRetryWait))
  }
}

/** It is done where altool says so: versions of it end with exit code 0 after a failure too. */
function tell(command: readonly string[]): { isDone: boolean; words: string } {
  const said = saidBy(command)
  const read = jsonIn(said)
  const errors = (read?.['product-errors'] ?? []).map(
    ({ message = '', userInfo }) => userInfo?.NSLocalizedFailureReason ?? message,
  )
  const success = read?.['success-message']
  if (success !== undefined && errors.length === 0) return { isDone: true, words: success }
  const words = errors.filter((each) => each !== '').join(' ')
  return { isDone: false, words: words || said.trim() || 'altool said nothing.' }
}

function saidBy(command: readonly string[]): string {
  try {
    return answerOf(command, altoolMs)
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    const { stdout } = error.cause as { stdout?: string }
    return stdout?.trim() ? stdout : error.message
  }
}

function jsonIn(text: string): z.infer<typeof answer> | null {
  try {
    return answer.parse(JSON.parse(text.slice(text.indexOf('{'))))
  } catch {
    return null
  }
}
