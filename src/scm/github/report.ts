import type { CommitStatus, ForgeTarget, Told } from '../contract.ts'
import { githubRepository } from './api.ts'
import { setCheck } from './check.ts'
import { setStatus } from './status.ts'

/**
 * Tells GitHub how a commit stands: by a check run where one is wanted and the App may make it, else
 * by a commit status. See `Scm.report`.
 */
export async function reportToGithub(
  target: ForgeTarget,
  status: CommitStatus,
  signal?: AbortSignal,
): Promise<Told> {
  const github = githubRepository(target, signal)
  if ('is' in github) return github
  const { check } = status
  // Others than Apps may not make check runs: docs.github.com, "Create a check run".
  if (!check || target.via !== 'app') return setStatus(github, status)
  const told = await setCheck(github, status, check)
  if (told !== 'not_permitted') return told
  const instead = await setStatus(github, status)
  return instead.is === 'told' ? { ...instead, isCheckRefused: true } : instead
}
