import { type Call, type Reply, type Route, textIn } from '../forge.ts'
import { refsOf, shaOf } from '../git-store.ts'
import {
  type Bearer,
  bearerOf,
  notAccessible,
  notFound,
  refuse,
  repositoryOf,
  type Scene,
  tokenAllows,
} from './bearer.ts'
import { created, ok, paged } from './pages.ts'
import { accountShape, organizationShape, repositoryShape } from './shapes.ts'
import { commentShape, pullShape } from './work-shapes.ts'
import { type Comment, isName, nextId, permissionOf, type Repository } from './world.ts'

const bodyCharactersMax = 65_536

/** Repositories, their branches and people, pull requests and comments, and who is in an organization. */
export function repositoryRoutes(scene: Scene): Route[] {
  const { world } = scene

  const show = (call: Call): Reply =>
    ok(repositoryShape(scene, repositoryOf(call, scene, 'metadata', 'read').repository))

  return [
    { method: 'GET', path: '/repos/:owner/:repo', answer: show },
    { method: 'GET', path: '/repositories/:id', answer: show },
    ...onRepository('GET', '/branches', (call) => {
      const { repository } = repositoryOf(call, scene, 'contents', 'read')
      const { page, headers } = paged(call, branchesOf(repository), scene.url())
      const commits = `${scene.apiUrl()}/repos/${repository.owner}/${repository.name}/commits`
      const shown = page.map(([name, sha]) => ({
        name,
        commit: { sha, url: `${commits}/${sha}` },
        protected: false,
      }))
      return ok(shown, headers)
    }),
    ...onRepository('GET', '/branches/:branch*', (call) => {
      const { repository } = repositoryOf(call, scene, 'contents', 'read')
      const found = branchesOf(repository).find(([name]) => name === call.params['branch'])
      if (found === undefined) throw refuse(404, 'Branch not found')
      return ok({ name: found[0], commit: { sha: found[1] }, protected: false })
    }),
    ...onRepository('GET', '/collaborators/:user/permission', (call) => {
      const { repository } = repositoryOf(call, scene, 'metadata', 'read')
      const login = call.params['user'] ?? ''
      if (!world.people.some((one) => isName(one.login, login))) throw notFound()
      const role = permissionOf(world, repository, login) ?? 'none'
      // The older field knows four words: "maintain" is told as "write", and "triage" as "read".
      const permission = role === 'maintain' ? 'write' : role === 'triage' ? 'read' : role
      return ok({ permission, role_name: role, user: accountShape(scene, login) })
    }),
    ...onRepository('GET', '/pulls', (call) => {
      const { repository } = repositoryOf(call, scene, 'pull_requests', 'read')
      const state = call.query.get('state') ?? 'open'
      const all = world.pulls.filter(
        (one) => one.repositoryId === repository.id && (state === 'all' || one.state === state),
      )
      const { page, headers } = paged(call, all.reverse(), scene.url())
      return ok(
        page.map((one) => pullShape(scene, one)),
        headers,
      )
    }),
    ...onRepository('GET', '/pulls/:number', (call) => {
      const { repository } = repositoryOf(call, scene, 'pull_requests', 'read')
      const found = world.pulls.find(
        (one) => one.repositoryId === repository.id && String(one.number) === call.params['number'],
      )
      if (found === undefined) throw notFound()
      return ok({ ...pullShape(scene, found), mergeable: found.mergeSha !== null })
    }),
    ...commentRoutes(scene),
    ...organizationRoutes(scene),
  ]
}

function commentRoutes(scene: Scene): Route[] {
  const { world } = scene
  const permitted = (
    call: Call,
    level: 'read' | 'write',
  ): { repository: Repository; bearer: Bearer } => {
    // Comments on a pull request need one of two permissions: GitHub takes either.
    const bearer = bearerOf(call, scene)
    const isEither = bearer.is === 'installation' && tokenAllows(bearer, 'issues', level)
    return repositoryOf(call, scene, isEither ? 'issues' : 'pull_requests', level)
  }
  const bodyOf = (call: Call): string => {
    const body = textIn(call.fields, 'body')
    if (body === null || body === '' || body.length > bodyCharactersMax) {
      scene.breaches.push(
        `${call.method} ${call.path}: body has ${body?.length ?? 'no'} characters`,
      )
      throw refuse(422, 'Validation Failed', {
        errors: [
          { resource: 'IssueComment', code: 'unprocessable', field: 'data', message: 'Body' },
        ],
      })
    }
    return body
  }
  const commentOf = (call: Call, repository: Repository): Comment => {
    const found = world.comments.find(
      (one) => one.repositoryId === repository.id && String(one.id) === call.params['comment'],
    )
    if (found === undefined) throw notFound()
    return found
  }

  return [
    ...onRepository('GET', '/issues/:number/comments', (call) => {
      const { repository } = permitted(call, 'read')
      const all = world.comments.filter(
        (one) => one.repositoryId === repository.id && String(one.issue) === call.params['number'],
      )
      const { page, headers } = paged(call, all, scene.url())
      return ok(
        page.map((one) => commentShape(scene, one)),
        headers,
      )
    }),
    ...onRepository('POST', '/issues/:number/comments', (call) => {
      const { repository, bearer } = permitted(call, 'write')
      const number = Number(call.params['number'])
      const isThere = world.pulls.some(
        (one) => one.repositoryId === repository.id && one.number === number,
      )
      if (!isThere) throw notFound()
      const at = new Date(scene.now()).toISOString()
      const comment: Comment = {
        id: nextId(world),
        repositoryId: repository.id,
        issue: number,
        body: bodyOf(call),
        author: authorOf(bearer),
        appId: bearer.is === 'installation' ? bearer.app.id : null,
        createdAt: at,
        updatedAt: at,
      }
      world.comments.push(comment)
      return created(commentShape(scene, comment))
    }),
    ...onRepository('GET', '/issues/comments/:comment', (call) => {
      const { repository } = permitted(call, 'read')
      return ok(commentShape(scene, commentOf(call, repository)))
    }),
    ...onRepository('PATCH', '/issues/comments/:comment', (call) => {
      const { repository, bearer } = permitted(call, 'write')
      const comment = commentOf(call, repository)
      if (bearer.is === 'installation' && comment.appId !== bearer.app.id) throw notAccessible()
      comment.body = bodyOf(call)
      comment.updatedAt = new Date(scene.now()).toISOString()
      return ok(commentShape(scene, comment))
    }),
    ...onRepository('DELETE', '/issues/comments/:comment', (call) => {
      const { repository } = permitted(call, 'write')
      world.comments.splice(world.comments.indexOf(commentOf(call, repository)), 1)
      return { status: 204 }
    }),
  ]
}

function organizationRoutes(scene: Scene): Route[] {
  const { world } = scene
  const orgOf = (call: Call) => {
    const org = world.orgs.find((one) => isName(one.login, call.params['org'] ?? ''))
    if (org === undefined) throw notFound()
    return org
  }
  const memberOf = (call: Call, login: string) =>
    Object.entries(orgOf(call).members).find(([name]) => isName(name, login))?.[1]

  /** Members are read by the App on that very organization, with the permission `members`. */
  const mayReadMembers = (call: Call): boolean => {
    const bearer = bearerOf(call, scene)
    if (bearer.is === 'nobody' || bearer.is === 'app') throw refuse(401, 'Requires authentication')
    if (bearer.is === 'installation') {
      const isHere = isName(bearer.installation.account, orgOf(call).login)
      return isHere && tokenAllows(bearer, 'members', 'read')
    }
    if (bearer.is === 'personal') return true
    return memberOf(call, bearer.login)?.state === 'active' && appReadsMembers(scene, call, bearer)
  }

  return [
    {
      method: 'GET',
      path: '/orgs/:org/members/:user',
      answer(call) {
        // Who may not see the members is sent to the public ones: 302, and this fake has none.
        const login = call.params['user'] ?? ''
        if (!mayReadMembers(call)) {
          const location = `${scene.apiUrl()}/orgs/${orgOf(call).login}/public_members/${login}`
          return { status: 302, headers: { location }, json: {} }
        }
        if (memberOf(call, login)?.state !== 'active') throw refuse(404, 'Not Found')
        return { status: 204 }
      },
    },
    {
      method: 'GET',
      path: '/orgs/:org/public_members/:user',
      answer: () => {
        throw notFound()
      },
    },
    {
      method: 'GET',
      path: '/orgs/:org/memberships/:user',
      answer(call) {
        if (!mayReadMembers(call)) throw notAccessible()
        return membership(call, call.params['user'] ?? '')
      },
    },
    {
      method: 'GET',
      path: '/user/memberships/orgs/:org',
      answer(call) {
        const bearer = bearerOf(call, scene)
        if (bearer.is !== 'user') throw refuse(401, 'Requires authentication')
        if (!appReadsMembers(scene, call, bearer)) throw notAccessible()
        return membership(call, bearer.login)
      },
    },
  ]

  function membership(call: Call, login: string): Reply {
    const member = memberOf(call, login)
    if (member === undefined) throw notFound()
    const org = orgOf(call)
    return ok({
      url: `${scene.apiUrl()}/orgs/${org.login}/memberships/${login}`,
      state: member.state,
      role: member.role,
      organization_url: `${scene.apiUrl()}/orgs/${org.login}`,
      organization: organizationShape(scene, org.login),
      user: accountShape(scene, login),
    })
  }
}

/** A person's token may do there what the App may, and that only where the App is installed. */
function appReadsMembers(scene: Scene, call: Call, bearer: Bearer & { is: 'user' }): boolean {
  return scene.world.installations.some(
    (one) =>
      one.appId === bearer.app.id &&
      isName(one.account, call.params['org'] ?? '') &&
      one.permissions['members'] !== undefined,
  )
}

/** An endpoint of a repository, which is also found by its id: `/repositories/:id/…`. */
export const onRepository = (method: string, path: string, answer: Route['answer']): Route[] => [
  { method, path: `/repos/:owner/:repo${path}`, answer },
  { method, path: `/repositories/:id${path}`, answer },
]

/** A commit of the repository by id, branch or tag. A repository without a directory has any id. */
export function commitOf(repository: Repository, ref: string): string | null {
  if (repository.dir === null) return /^[0-9a-f]{40}$/.test(ref) ? ref : null
  const name = ref.replace(/^(heads|tags)\//, 'refs/$1/')
  return shaOf(repository.dir, name)
}

const authorOf = (bearer: Bearer): string => {
  switch (bearer.is) {
    case 'installation':
      return `${bearer.app.slug}[bot]`
    case 'user':
      return bearer.login
    default:
      return 'ghost'
  }
}

const branchesOf = ({ dir }: Repository): [string, string][] =>
  Object.entries(dir === null ? {} : refsOf(dir))
    .filter(([ref]) => ref.startsWith('refs/heads/'))
    .map(([ref, sha]) => [ref.slice('refs/heads/'.length), sha])
