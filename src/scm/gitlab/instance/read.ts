import { z } from 'zod'

/* What is used of GitLab's answers, strict about that and blind to the rest. */

const nameLengthMax = 500
const urlLengthMax = 2000

const id = z.int().min(1)

export type GitlabUser = { id: string; username: string; name: string }

export const user = z
  .object({
    id,
    username: z.string().min(1).max(nameLengthMax),
    name: z.string().max(nameLengthMax).nullish(),
  })
  .transform((it): GitlabUser => ({
    id: String(it.id),
    username: it.username,
    name: it.name ?? it.username,
  }))

export const version = z
  .object({ version: z.string().min(1).max(100) })
  .transform((it) => it.version)

/** docs.gitlab.com, "Members API": who may make webhooks is Maintainer at least. */
export const maintainerLevel = 40

/** What GitLab calls the levels of its members. */
const levelNames: readonly [level: number, name: string][] = [
  [50, 'Owner'],
  [40, 'Maintainer'],
  [30, 'Developer'],
  [20, 'Reporter'],
  [15, 'Planner'],
  [10, 'Guest'],
  [5, 'Minimal access'],
]

/** The name of an access level. */
export const levelName = (level: number): string =>
  levelNames.find(([from]) => level >= from)?.[1] ?? 'no member'

export type GitlabProject = {
  /** Stays through renames and transfers. */
  id: string
  /** With its groups: `lumen/apps/wallet`. */
  fullName: string
  cloneUrl: string
  sshUrl: string | null
  webUrl: string
  /** Null while nothing was pushed. */
  defaultBranch: string | null
  isPrivate: boolean
  isArchived: boolean
  /** What whoever authorized may do there; null where GitLab does not say, as to its own administrators. */
  accessLevel: number | null
}

const given = z.object({ access_level: z.int() }).nullish().catch(null)

/** Each part may stand in an address; no part is empty. */
const fullName = z
  .string()
  .max(nameLengthMax)
  .refine(
    (name) => /^[^\p{Cc}\s/\\]+(\/[^\p{Cc}\s/\\]+)+$/u.test(name),
    'is not a path of a project',
  )

const project = z
  .object({
    id,
    path_with_namespace: fullName,
    http_url_to_repo: z.string().min(1).max(urlLengthMax),
    ssh_url_to_repo: z.string().max(urlLengthMax).nullish(),
    web_url: z.string().max(urlLengthMax).nullish(),
    default_branch: z.string().min(1).max(nameLengthMax).nullish().catch(null),
    visibility: z.string().max(50).nullish(),
    archived: z.boolean().nullish(),
    permissions: z.object({ project_access: given, group_access: given }).nullish().catch(null),
  })
  .transform((it): GitlabProject => {
    const levels = [it.permissions?.project_access, it.permissions?.group_access].flatMap(
      (access) => access?.access_level ?? [],
    )
    return {
      id: String(it.id),
      fullName: it.path_with_namespace,
      cloneUrl: it.http_url_to_repo,
      sshUrl: it.ssh_url_to_repo ?? null,
      webUrl: it.web_url ?? '',
      defaultBranch: it.default_branch ?? null,
      // Instances that have internal projects show those to whoever has an account.
      isPrivate: it.visibility !== 'public',
      isArchived: it.archived ?? false,
      accessLevel: levels.length === 0 ? null : Math.max(...levels),
    }
  })

export const oneProject = project
export const projectPage = z.array(project)

export type GitlabHook = {
  id: string
  url: string
  /** Does it sign? False too where the version knows no signing tokens. */
  isSigning: boolean
}

const hook = z
  .object({
    id,
    url: z.string().max(urlLengthMax),
    signing_token_present: z.boolean().nullish(),
  })
  .transform((it): GitlabHook => ({
    id: String(it.id),
    url: it.url,
    isSigning: it.signing_token_present ?? false,
  }))

export const oneHook = hook
export const hookPage = z.array(hook)
