import { type Call, type Route, textIn } from '../forge.ts'
import { forbidden, notFound, projectOf, refuse, type Scene } from './bearer.ts'
import { created, ok, paged } from './pages.ts'
import { mergeRequestShape, noteShape } from './shapes.ts'
import { levels, type MergeRequest, nextId, type Note } from './world.ts'

const noteCharactersMax = 1_000_000

/** Merge requests and their notes. */
export function noteRoutes(scene: Scene): Route[] {
  const { world } = scene
  const apiUrl = () => `${scene.url()}/api/v4`

  const path = '/projects/:id/merge_requests/:iid/notes'
  const bodyOf = (call: Call): string => {
    const body = textIn(call.fields, 'body')
    if (body === null) throw refuse(400, { error: 'body is missing' })
    if (body.trim() === '' || body.length > noteCharactersMax) {
      scene.breaches.push(`${call.method} ${call.path}: body has ${body.length} characters`)
      throw refuse(400, { message: '400 Bad request - Note can’t be blank' })
    }
    return body
  }
  const noteOf = (call: Call, merge: MergeRequest): Note => {
    const found = world.notes.find(
      (one) =>
        one.projectId === merge.projectId &&
        one.iid === merge.iid &&
        String(one.id) === call.params['note'],
    )
    if (found === undefined) throw notFound('Note')
    return found
  }
  return [
    {
      method: 'GET',
      path: '/projects/:id/merge_requests/:iid',
      answer: (call) => ok(mergeRequestShape(scene, mergeRequestOf(call, levels.reporter).merge)),
    },
    {
      method: 'GET',
      path,
      answer(call) {
        const { merge } = mergeRequestOf(call, levels.guest)
        const mine = world.notes.filter(
          (one) => one.projectId === merge.projectId && one.iid === merge.iid,
        )
        const all = call.query.get('sort') === 'asc' ? mine : mine.toReversed()
        const { page, headers } = paged(call, all, apiUrl())
        return ok(
          page.map((one) => noteShape(scene, one)),
          headers,
        )
      },
    },
    {
      method: 'POST',
      path,
      answer(call) {
        const { merge, project, username } = mergeRequestOf(call, levels.guest)
        if (project.archived) throw forbidden()
        const at = new Date(scene.now()).toISOString()
        const note: Note = {
          id: nextId(world),
          projectId: merge.projectId,
          iid: merge.iid,
          body: bodyOf(call),
          author: username,
          createdAt: at,
          updatedAt: at,
        }
        world.notes.push(note)
        return created(noteShape(scene, note))
      },
    },
    {
      method: 'GET',
      path: `${path}/:note`,
      answer: (call) =>
        ok(noteShape(scene, noteOf(call, mergeRequestOf(call, levels.guest).merge))),
    },
    {
      method: 'PUT',
      path: `${path}/:note`,
      answer(call) {
        const { merge, username } = mergeRequestOf(call, levels.guest)
        const note = noteOf(call, merge)
        if (note.author !== username) throw forbidden()
        note.body = bodyOf(call)
        note.updatedAt = new Date(scene.now()).toISOString()
        return ok(noteShape(scene, note))
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:note`,
      answer(call) {
        const { merge } = mergeRequestOf(call, levels.guest)
        world.notes.splice(world.notes.indexOf(noteOf(call, merge)), 1)
        return { status: 204 }
      },
    },
  ]

  function mergeRequestOf(call: Call, level: number) {
    const { project, token } = projectOf(call, scene, level)
    const merge = world.mergeRequests.find(
      (one) => one.projectId === project.id && String(one.iid) === call.params['iid'],
    )
    if (merge === undefined) throw refuse(404, { message: '404 Not found' })
    return { merge, project, username: token.username ?? 'root' }
  }
}
