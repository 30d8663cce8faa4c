import { type Call, type Route, textIn } from '../forge.ts'
import { notFound, projectOf, refuse, type Scene } from './bearer.ts'
import type { Deliveries } from './deliveries.ts'
import { created, ok, paged } from './pages.ts'
import { hookShape } from './shapes.ts'
import { type Hook, levels, nextId } from './world.ts'

const hooksMax = 100
const eventNames = [
  'confidential_issues_events',
  'confidential_note_events',
  'deployment_events',
  'emoji_events',
  'issues_events',
  'job_events',
  'merge_requests_events',
  'milestone_events',
  'note_events',
  'pipeline_events',
  'push_events',
  'releases_events',
  'resource_access_token_events',
  'tag_push_events',
  'vulnerability_events',
  'wiki_page_events',
]
const otherFields = [
  'id',
  'url',
  'name',
  'description',
  'token',
  'signing_token',
  'push_events_branch_filter',
  'branch_filter_strategy',
  'enable_ssl_verification',
  'custom_webhook_template',
  'custom_headers',
]

/** The webhooks of a project: docs.gitlab.com, "Project webhooks API". */
export function hookRoutes(scene: Scene, deliveries: Deliveries): Route[] {
  const { world } = scene
  const apiUrl = () => `${scene.url()}/api/v4`
  const hookOf = (call: Call): Hook => {
    const { project } = projectOf(call, scene, levels.maintainer)
    const found = world.hooks.find(
      (one) => one.projectId === project.id && String(one.id) === call.params['hook'],
    )
    if (found === undefined) throw refuse(404, { message: '404 Not found' })
    return found
  }

  function change(call: Call, hook: Hook): void {
    const { fields } = call
    for (const name of Object.keys(fields)) {
      if (eventNames.includes(name) || otherFields.includes(name)) continue
      scene.breaches.push(`${call.method} ${call.path}: ${name} is no field of a webhook`)
    }
    const url = textIn(fields, 'url') ?? hook.url
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw refuse(422, { message: { url: ['is blocked: Only allowed schemes are http, https'] } })
    }
    const signing = textIn(fields, 'signing_token')
    if (signing !== null && scene.signs && !isSigningToken(signing)) {
      scene.breaches.push(`${call.method} ${call.path}: signing_token is not whsec_ and 32 bytes`)
      throw refuse(422, {
        message: { signing_token: ['must be in whsec_<base64> format encoding a 32-byte key'] },
      })
    }
    hook.url = url
    hook.name = textIn(fields, 'name') ?? hook.name
    hook.description = textIn(fields, 'description') ?? hook.description
    hook.branchFilter = textIn(fields, 'push_events_branch_filter') ?? hook.branchFilter
    hook.token = textIn(fields, 'token') ?? hook.token
    // An older version ignores what it does not know.
    if (signing !== null && scene.signs) hook.signingToken = signing
    const ssl = fields['enable_ssl_verification']
    if (ssl !== undefined) hook.sslVerification = String(ssl) === 'true'
    for (const name of eventNames) {
      if (fields[name] !== undefined) hook.events[name] = String(fields[name]) === 'true'
    }
  }

  return [
    {
      method: 'GET',
      path: '/projects/:id/hooks',
      answer(call) {
        const { project } = projectOf(call, scene, levels.maintainer)
        const all = world.hooks.filter((one) => one.projectId === project.id)
        const { page, headers } = paged(call, all, apiUrl())
        return ok(
          page.map((one) => hookShape(scene, one)),
          headers,
        )
      },
    },
    {
      method: 'POST',
      path: '/projects/:id/hooks',
      answer(call) {
        const { project } = projectOf(call, scene, levels.maintainer)
        if (textIn(call.fields, 'url') === null) throw refuse(400, { error: 'url is missing' })
        if (world.hooks.filter((one) => one.projectId === project.id).length >= hooksMax) {
          throw refuse(422, {
            message: { base: [`Maximum number of project hooks (${hooksMax}) exceeded`] },
          })
        }
        const hook: Hook = {
          id: nextId(world),
          projectId: project.id,
          url: '',
          name: '',
          description: '',
          token: null,
          signingToken: null,
          // Pushes are on unless they are turned off; everything else is off.
          events: Object.fromEntries(eventNames.map((name) => [name, name === 'push_events'])),
          branchFilter: '',
          sslVerification: true,
          alertStatus: 'executable',
          createdAt: new Date(scene.now()).toISOString(),
        }
        change(call, hook)
        world.hooks.push(hook)
        return created(hookShape(scene, hook))
      },
    },
    {
      method: 'GET',
      path: '/projects/:id/hooks/:hook',
      answer: (call) => ok(hookShape(scene, hookOf(call))),
    },
    {
      method: 'PUT',
      path: '/projects/:id/hooks/:hook',
      answer(call) {
        const hook = hookOf(call)
        change(call, hook)
        return ok(hookShape(scene, hook))
      },
    },
    {
      method: 'DELETE',
      path: '/projects/:id/hooks/:hook',
      answer(call) {
        world.hooks.splice(world.hooks.indexOf(hookOf(call)), 1)
        return { status: 204 }
      },
    },
    {
      method: 'POST',
      path: '/projects/:id/hooks/:hook/test/:trigger',
      async answer(call) {
        const hook = hookOf(call)
        const sent = await deliveries.test(hook, call.params['trigger'] ?? '')
        if (sent === null) throw refuse(400, { error: 'trigger does not have a valid value' })
        if (sent.status === 'OK') return created({ message: '201 Created' })
        throw refuse(422, { message: `422 Unprocessable Entity: ${sent.statusCode}` })
      },
    },
    {
      method: 'GET',
      path: '/projects/:id/hooks/:hook/events',
      answer(call) {
        const hook = hookOf(call)
        const all = world.deliveries.filter((one) => one.hookId === hook.id).reverse()
        const { page, headers } = paged(call, all, apiUrl())
        return ok(
          page.map((one) => ({
            id: one.id,
            url: one.url,
            trigger: one.event
              .toLowerCase()
              .replace(/ hook$/, '_hooks')
              .replaceAll(' ', '_'),
            request_headers: { ...one.requestHeaders, 'X-Gitlab-Token': '[REDACTED]' },
            request_data: JSON.parse(one.requestBody) as object,
            response_headers: one.responseHeaders,
            response_body: one.responseBody,
            execution_duration: one.durationSeconds,
            response_status: one.statusCode === 502 ? 'internal error' : String(one.statusCode),
          })),
          headers,
        )
      },
    },
    {
      method: 'POST',
      path: '/projects/:id/hooks/:hook/events/:event/resend',
      async answer(call) {
        const hook = hookOf(call)
        const found = world.deliveries.find(
          (one) => one.hookId === hook.id && String(one.id) === call.params['event'],
        )
        if (found === undefined) throw notFound('Hook event')
        const sent = await deliveries.redeliver(found.id)
        return created({ response_status: sent.statusCode })
      },
    },
  ]
}

const isSigningToken = (text: string): boolean =>
  /^whsec_[A-Za-z0-9+/]+=*$/.test(text) &&
  Buffer.from(text.slice('whsec_'.length), 'base64').length === 32
