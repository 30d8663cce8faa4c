import { z } from 'zod'
import type { AndroidSigning } from '../pipeline/language/signing.ts'
import type { Plan } from '../pipeline/plan.ts'
import type { KeystoreFormat } from '../signing/android/keystore.ts'
import type { CertificateKind } from '../signing/apple/certificate.ts'
import type { ProfileKind } from '../signing/apple/profile.ts'
import type { BuildOutcome, StepOutcome } from './outcome.ts'
import { type FoundTest, testLimits, testStatuses } from './tests.ts'

/*
 * The runner protocol: HTTP and JSON, pulled by the runner, over a Unix socket on one machine.
 * Every message may be sent twice without harm.
 *
 *   POST /runner/register                                 RegisterRequest → RegisterReply
 *   POST /runner/poll                                     PollRequest → PollReply (long poll)
 *   POST /runner/builds/:id/events                        EventsRequest → 204, or 409 Wanted
 *   PUT  /runner/builds/:id/steps/:position/log?offset=   frames (log-frames.ts) → 204, or 409 Wanted
 *   PUT  /runner/builds/:id/artifacts/:index?offset=      bytes → 204, or 409 Wanted
 *
 * The last three carry `X-Oore-Fence: <fence>`: a message under an old fence is refused with 410
 * and the runner drops that build. Every one of them extends the lease.
 */

/**
 * Grows with every change by which a runner would misread a claim: a new plan, other positions. A
 * runner outlives its server, so one of another version may ask for work.
 */
export const protocolVersion = 4

export const pollHoldMs = 25_000
export const leaseMs = 60_000
export const fenceHeader = 'x-oore-fence'

/** The place in `positionsOf(plan)`, from 0. */
export type StepPosition = number

export const registerRequest = z.object({
  name: z.string().min(1).max(200),
  slots: z.int().min(1).max(64),
  pid: z.int(),
})
export type RegisterRequest = z.infer<typeof registerRequest>
export type RegisterReply = { runner_id: string; token: string; slots: number }

export const pollRequest = z.object({
  /** Oore 0.1.0 did not say. */
  protocol: z.int().default(1),
  free_slots: z.int().min(0).max(64),
  /** The builds this runner holds, so that the server can tell it of cancels and lost leases. */
  holding: z.array(z.object({ build_id: z.string(), fence: z.int() })).max(64),
})
export type PollRequest = z.infer<typeof pollRequest>

export type PollReply = {
  claims: Claim[]
  /** End these; the people's reason is in words. */
  cancels: { build_id: string; fence: number }[]
  /** Leases the server no longer knows: end the processes, drop the spool, say nothing more. */
  lost: { build_id: string; fence: number }[]
  /** How many builds this runner may run at a time, from now on. */
  slots: number
  /** `none`: go on. `finish`: take no more work. `interrupt`: end what runs now, as interrupted. */
  drain: 'none' | 'finish' | 'interrupt'
}

/** Everything a runner needs for one build, and nothing else. Secrets travel only here. */
export type Claim = {
  build_id: string
  fence: number
  plan: Plan
  trust: ClaimTrust
  checkout: Checkout
  /** Built-in variables the server knows (CM_*, OORE_*); the runner adds those of its machine. */
  environment: Record<string, string>
  /**
   * What is stored for this build: of groups and of none, in the end one value for each name, taken
   * as it is. They win over `environment`, and the file's own variables over them.
   */
  variables: Record<string, string>
  signing: ClaimSigning
  /** What may turn out wrong with what the build was given, in sentences for its log. */
  warnings: string[]
  /** Texts that must never appear in a log. */
  masks: string[]
  limits: { build_ms: number; step_ms: number; log_bytes: number; grace_ms: number }
}

/** The files to sign with, as far as this build asked for them and may have them. */
export type ClaimSigning = {
  /** Null where the build signs nothing of Apple's. */
  ios: { certificates: ClaimCertificate[]; profiles: ClaimProfile[] } | null
  android: ClaimKeystore[]
}

/** A certificate of Apple's with its private key. */
export type ClaimCertificate = {
  name: string
  p12_base64: string
  password: string
  common_name: string
  team_id: string | null
  kind: CertificateKind
  sha1: string
  /** The variable that is to hold the file's path; null where none was named. */
  variable: string | null
}

export type ClaimProfile = {
  name: string
  file_base64: string
  uuid: string
  /** As the profile calls itself: what `PROVISIONING_PROFILE_SPECIFIER` takes. */
  profile_name: string
  bundle_id: string
  kind: ProfileKind
  team_id: string
  /** Its file is a .provisionprofile. */
  is_mac: boolean
  certificates_sha1: string[]
  variable: string | null
}

export type ClaimKeystore = {
  name: string
  file_base64: string
  format: KeystoreFormat
  store_password: string
  alias: string
  key_password: string
  /** The variables that hold these; CM_KEYSTORE_PATH and so on where the file named none. */
  variables: AndroidSigning['variables']
}

/** Whose code it is. Of a fork's plan `withheld` was taken out: names, for the log. */
export type ClaimTrust = { is: 'own' } | { is: 'fork'; withheld: string[] }

export type Checkout = {
  clone_url: string
  commit: string
  /** Where the commit was seen, for servers that refuse to hand out a bare commit. */
  ref: string | null
  /**
   * Of a fork: what somebody approved, which the commit is or has as a parent. The runner looks for
   * itself. Submodules are then fetched without the credential.
   */
  approved_commit: string | null
  credential: { username: string; password: string } | null
  /**
   * How the server's certificate is believed, where not by what the runner's machine believes: by
   * these certificates in PEM besides the well-known ones, or, `is_unchecked`, whatever it is.
   */
  tls?: { ca: string | null; is_unchecked: boolean } | null
  /** May `file://` be read? Decided by the operator, checked again by the runner. */
  allow_local: boolean
}

export type RunnerEvent =
  | { type: 'step.started'; seq: number; at: number; position: StepPosition }
  | {
      type: 'step.finished'
      seq: number
      at: number
      position: StepPosition
      outcome: StepOutcome
      /** Failed, but the author said that this may. */
      ignored: boolean
      log: { stdout_bytes: number; stderr_bytes: number; truncated: boolean }
    }
  /** Tests of a step's report, in pieces; `first` is the number of the first within the build. */
  | {
      type: 'tests.found'
      seq: number
      at: number
      position: StepPosition
      first: number
      tests: FoundTest[]
    }
  /** Announces an artifact; its bytes follow under the same index. */
  | {
      type: 'artifact.found'
      seq: number
      at: number
      index: number
      name: string
      /** Where it lay, relative to the clone directory where it lies inside. */
      path: string
      size_bytes: number
      sha256: string
    }
  | { type: 'build.finished'; seq: number; at: number; outcome: BuildOutcome }

const at = z.number()
const seq = z.int().min(0)
const position = z.int().min(0).max(10_000)
const why = z.string().max(4000)

const stepOutcome = z.discriminatedUnion('is', [
  z.object({ is: z.literal('success') }),
  z.object({
    is: z.literal('failed'),
    exitCode: z.int().nullable(),
    signal: z.string().max(20).nullable(),
  }),
  z.object({ is: z.literal('timed_out'), afterMs: z.number() }),
  z.object({ is: z.literal('cancelled') }),
  z.object({ is: z.literal('skipped') }),
  z.object({ is: z.literal('broken'), why }),
])

const { nameCharsMax, fileCharsMax, messageCharsMax, detailsCharsMax, testsMax } = testLimits

const foundTest = z.object({
  suite: z.string().max(nameCharsMax),
  name: z.string().min(1).max(nameCharsMax),
  status: z.enum(testStatuses),
  duration_ms: z.int().min(0).nullable(),
  message: z.string().max(messageCharsMax).nullable(),
  details: z.string().max(detailsCharsMax).nullable(),
  file: z.string().max(fileCharsMax).nullable(),
  line: z.int().min(0).nullable(),
})

const buildOutcome = z.discriminatedUnion('is', [
  z.object({ is: z.literal('success') }),
  z.object({ is: z.literal('failed'), why }),
  z.object({ is: z.literal('timed_out'), why }),
  z.object({ is: z.literal('cancelled') }),
  z.object({ is: z.literal('broken'), kind: z.enum(['setup', 'interrupted']), why }),
])

export const eventsRequest = z.object({
  events: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('step.started'), seq, at, position }),
        z.object({
          type: z.literal('step.finished'),
          seq,
          at,
          position,
          outcome: stepOutcome,
          ignored: z.boolean(),
          log: z.object({
            stdout_bytes: z.number(),
            stderr_bytes: z.number(),
            truncated: z.boolean(),
          }),
        }),
        z.object({
          type: z.literal('tests.found'),
          seq,
          at,
          position,
          first: z.int().min(0).max(testsMax),
          tests: z.array(foundTest).min(1).max(testsMax),
        }),
        z.object({
          type: z.literal('artifact.found'),
          seq,
          at,
          index: z.int().min(0).max(10_000),
          name: z.string().min(1).max(255),
          path: z.string().min(1).max(4096),
          size_bytes: z.number().min(0),
          sha256: z.string().regex(/^[0-9a-f]{64}$/),
        }),
        z.object({ type: z.literal('build.finished'), seq, at, outcome: buildOutcome }),
      ]),
    )
    .min(1)
    .max(1000),
})
export type EventsRequest = { events: RunnerEvent[] }

/** The answer to a message that came out of turn: start again from here. */
export type Wanted = { wanted: number }
