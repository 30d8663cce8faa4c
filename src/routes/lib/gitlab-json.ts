import { type GitlabInstance, type ListedProject, warningOf } from '../../core/gitlab/instance.ts'
import type { Handshake } from '../../core/handshakes/handshake.ts'
import { isoTime, isoTimeOrNull } from '../../lib/clock.ts'

/* What the API shows of GitLab: each field by name, so that nothing else gets out. */

/** An instance of GitLab; `warning` holds for as long as it is set up so. */
export const gitlabInstanceJson = (instance: GitlabInstance) => ({
  id: instance.id,
  instance: instance.url,
  name: instance.name,
  client_id: instance.clientId,
  state: instance.state,
  username: instance.username,
  scopes: instance.scopes,
  missing_scopes: instance.missingScopes,
  expires_at: isoTimeOrNull(instance.expiresAt),
  version: instance.version,
  skip_tls_verification: instance.isTlsUnchecked,
  allow_private_network: instance.isPrivateConfirmed,
  trouble: instance.trouble,
  warning: warningOf(instance),
  enabled_projects: instance.projectCount,
  checked_at: isoTimeOrNull(instance.checkedAt),
  created_at: isoTime(instance.createdAt),
})

export const gitlabProjectJson = (project: ListedProject) => ({
  id: Number(project.id),
  instance: project.instance,
  full_name: project.fullName,
  web_url: project.webUrl,
  default_branch: project.defaultBranch,
  is_private: project.isPrivate,
  is_archived: project.isArchived,
  role: project.role,
  may_enable: project.mayEnable,
  enabled: project.isEnabled,
  repository_id: project.repositoryId,
})

/** A trip to GitLab and back, for whoever waits for its end. */
export const authorizationJson = (trip: Handshake) => ({
  id: trip.id,
  instance: trip.data['name'] ?? null,
  status: statusOfTrip(trip),
  message: trip.outcome?.text ?? null,
  expires_at: isoTime(trip.endsAt),
})

function statusOfTrip({ outcome, isExpired }: Handshake): string {
  if (outcome !== null) return outcome.is === 'done' ? 'connected' : 'failed'
  return isExpired ? 'expired' : 'pending'
}
