import { type Call, type Reply, type Route, textIn } from '../forge.ts'
import { refsOf, shaOf } from '../git-store.ts'
import { bearerOf, forbidden, notFound, projectOf, refuse, type Scene } from './bearer.ts'
import { noteRoutes } from './note-routes.ts'
import { created, ok, paged } from './pages.ts'
import { commitShape, projectShape, statusShape, userShape } from './shapes.ts'
import { accessOf, levels, nextId, type Project, type Status } from './world.ts'

const states = ['pending', 'running', 'success', 'failed', 'canceled', 'skipped']
const transitions: Record<string, string> = {
  pending: 'enqueue',
  running: 'run',
  success: 'success',
  failed: 'drop',
  canceled: 'cancel',
  skipped: 'skip',
}

/** People, groups, projects, branches and statuses. */
export function projectRoutes(scene: Scene): Route[] {
  const { world } = scene
  const apiUrl = () => `${scene.url()}/api/v4`

  return [
    {
      method: 'GET',
      path: '/version',
      answer(call) {
        bearerOf(call, scene, ['read_user', 'ai_features'])
        return ok({ version: scene.version, revision: 'a1b2c3d4' })
      },
    },
    {
      method: 'GET',
      path: '/user',
      answer(call) {
        const token = bearerOf(call, scene, ['read_user'])
        const person = world.people.find((one) => one.username === token.username)
        if (person === undefined) throw forbidden()
        return ok({
          ...userShape(scene, person.username),
          email: person.email,
          commit_email: person.email,
          public_email: null,
          confirmed_at: person.confirmedAt,
          two_factor_enabled: true,
          external: false,
          bot: false,
        })
      },
    },
    { method: 'GET', path: '/projects', answer: listProjects },
    {
      method: 'GET',
      path: '/projects/:id',
      answer(call) {
        const { project, access } = projectOf(call, scene, levels.guest)
        return ok(projectShape(scene, project, access))
      },
    },
    {
      method: 'GET',
      path: '/projects/:id/repository/branches',
      answer(call) {
        const { project } = projectOf(call, scene, levels.reporter)
        const search = call.query.get('search') ?? ''
        const found = branchesOf(project).filter(([name]) => name.includes(search))
        const all = found.map(([name, sha], id) => ({ id, name, sha }))
        const { page, headers } = paged(call, all, apiUrl())
        return ok(
          page.map(({ name, sha }) => branchShape(project, name, sha)),
          headers,
        )
      },
    },
    {
      method: 'GET',
      path: '/projects/:id/repository/branches/:branch',
      answer(call) {
        const { project } = projectOf(call, scene, levels.reporter)
        const found = branchesOf(project).find(([name]) => name === call.params['branch'])
        if (found === undefined) throw notFound('Branch')
        return ok(branchShape(project, ...found))
      },
    },
    {
      method: 'GET',
      path: '/projects/:id/repository/commits/:sha',
      answer(call) {
        const { project } = projectOf(call, scene, levels.reporter)
        const sha = commitOf(project, call.params['sha'] ?? '')
        if (sha === null) throw notFound('Commit')
        return ok(commitShape(scene, project, sha))
      },
    },
    { method: 'POST', path: '/projects/:id/statuses/:sha', answer: setStatus },
    {
      method: 'GET',
      path: '/projects/:id/repository/commits/:sha/statuses',
      answer(call) {
        const { project } = projectOf(call, scene, levels.reporter)
        const name = call.query.get('name')
        const all = world.statuses.filter(
          (one) =>
            one.projectId === project.id &&
            one.sha === call.params['sha'] &&
            (name === null || one.name === name),
        )
        const { page, headers } = paged(call, all, apiUrl())
        return ok(
          page.map((one) => statusShape(scene, one)),
          headers,
        )
      },
    },
    ...noteRoutes(scene),
    {
      method: 'GET',
      path: '/groups/:id',
      answer(call) {
        const { group } = groupOf(call)
        const name = group.path.split('/').at(-1)
        return ok({ id: group.id, name, path: name, full_path: group.path, kind: 'group' })
      },
    },
    {
      method: 'GET',
      path: '/groups/:id/members/all/:user',
      answer(call) {
        const { group } = groupOf(call)
        const person = world.people.find((one) => String(one.id) === call.params['user'])
        const above = world.groups.filter(
          ({ path }) => path === group.path || group.path.startsWith(`${path}/`),
        )
        const found = above.flatMap(({ members }) => members[person?.username ?? ''] ?? [])
        if (person === undefined || found.length === 0)
          throw refuse(404, { message: '404 Not found' })
        return ok({
          ...userShape(scene, person.username),
          access_level: Math.max(...found),
          expires_at: null,
          membership_state: 'active',
        })
      },
    },
  ]

  function listProjects(call: Call): Reply {
    const token = bearerOf(call, scene)
    const { query } = call
    const search = (query.get('search') ?? '').toLowerCase()
    const least = Number(query.get('min_access_level') ?? 0)
    const archived = query.get('archived')
    const order = query.get('order_by') ?? 'created_at'
    if (query.get('pagination') === 'keyset' && order !== 'id') {
      throw refuse(405, {
        error: 'Keyset pagination is not yet available for this type of request',
      })
    }
    const all = world.projects
      .map((project) => ({
        id: project.id,
        project,
        access: accessOf(world, project, token.username),
      }))
      .filter(({ project, access }) => {
        const isMine = access.level > 0
        const isSeen =
          query.get('membership') === 'true' ? isMine : isMine || project.visibility !== 'private'
        const name = project.path.split('/').at(-1) ?? ''
        const haystack = query.get('search_namespaces') === 'true' ? project.path : name
        return (
          isSeen &&
          access.level >= least &&
          (archived === null || String(project.archived) === archived) &&
          haystack.toLowerCase().includes(search)
        )
      })
    const sorted = query.get('sort') === 'asc' ? all : all.toReversed()
    const { page, headers } = paged(call, sorted, apiUrl())
    const isSimple = query.get('simple') === 'true'
    // The simple form leaves out what one may do, and whether it is archived.
    const shown = page.map(({ project, access }) => {
      const {
        archived: isArchived,
        permissions,
        visibility,
        ...simple
      } = projectShape(scene, project, access)
      return isSimple ? simple : { ...simple, archived: isArchived, permissions, visibility }
    })
    return ok(shown, headers)
  }

  function setStatus(call: Call): Reply {
    const { project } = projectOf(call, scene, levels.developer)
    if (project.archived) throw forbidden()
    const { fields } = call
    const text = (name: string) => textIn(fields, name) ?? call.query.get(name)
    const state = text('state') ?? ''
    const name = text('name') ?? text('context') ?? 'default'
    const description = text('description')
    const targetUrl = text('target_url')
    const wrong = [
      /^[0-9a-f]{40}$/.test(call.params['sha'] ?? '') || `the commit is ${call.params['sha']}`,
      states.includes(state) || `the state is ${state}`,
      name.length <= 255 || 'the name is longer than 255 characters',
      (description ?? '').length <= 255 || 'the description is longer than 255 characters',
      (targetUrl ?? '').length <= 255 || 'target_url is longer than 255 characters',
    ].filter((found) => found !== true)
    scene.breaches.push(...wrong.map(String))
    if (wrong.length > 0) throw refuse(400, { error: 'state does not have a valid value' })
    const sha = commitOf(project, call.params['sha'] ?? '')
    if (sha === null) throw notFound('Commit')
    const from = world.statuses.findLast(
      (one) => one.projectId === project.id && one.sha === sha && one.name === name,
    )?.state
    const isOpen = from === 'pending' || from === 'running'
    if (isOpen && (from === state || state === 'pending')) {
      const event = transitions[state]
      const message = `Cannot transition status via :${event} from :${from} (Reason(s): Status cannot transition via "${event}")`
      throw refuse(400, { message })
    }
    const status: Status = {
      id: nextId(world),
      projectId: project.id,
      sha,
      name,
      state,
      description,
      targetUrl,
      ref: text('ref'),
      createdAt: new Date(scene.now()).toISOString(),
    }
    world.statuses.push(status)
    return created(statusShape(scene, status))
  }

  function groupOf(call: Call) {
    const token = bearerOf(call, scene)
    const id = call.params['id'] ?? ''
    const group = world.groups.find((one) => String(one.id) === id || one.path === id)
    if (group === undefined) throw notFound('Group')
    return { group, token }
  }

  function branchShape(project: Project, name: string, sha: string) {
    return {
      name,
      commit: commitShape(scene, project, sha),
      merged: false,
      protected: name === project.defaultBranch,
      default: name === project.defaultBranch,
      web_url: `${scene.url()}/${project.path}/-/tree/${name}`,
    }
  }
}

function commitOf({ dir }: Project, ref: string): string | null {
  if (dir === null) return /^[0-9a-f]{40}$/.test(ref) ? ref : null
  return shaOf(dir, ref)
}

const branchesOf = ({ dir }: Project): [string, string][] =>
  Object.entries(dir === null ? {} : refsOf(dir))
    .filter(([ref]) => ref.startsWith('refs/heads/'))
    .map(([ref, sha]) => [ref.slice('refs/heads/'.length), sha])
