import { type Call, type Reply, type Route, textIn } from '../forge.ts'
import { refsOf } from '../git-store.ts'
import { breachMarkup, button, escaped, missing, page, seeOther } from '../page.ts'
import { link, repositoryMarkup, type RepositoryView, table } from '../repository-page.ts'
import type { Actions } from './actions.ts'
import type { Scene } from './bearer.ts'
import type { Deliveries } from './deliveries.ts'
import { projectById } from './shapes.ts'
import { type MergeRequest, type OauthApp, type Project, projectNamed } from './world.ts'

export type AddApp = (redirectUris: string[], scopes: string[]) => OauthApp

/** Pages for people who try things by hand: applications, projects and deliveries. */
export function webRoutes(
  scene: Scene,
  actions: Actions,
  deliveries: Deliveries,
  addApp: AddApp,
): Route[] {
  const { world } = scene
  // Links are below the path that the instance lies at.
  const at = (path: string) => `${new URL(scene.url()).pathname.replace(/\/$/, '')}${path}`
  const projectAt = ({ params }: Call): Project | null => projectNamed(world, params['path'] ?? '')

  const showProject = (call: Call): Reply => {
    const project = projectAt(call)
    return project === null ? missing : page(200, project.path, repositoryMarkup(viewOf(project)))
  }

  const onForm = (
    path: string,
    act: (project: Project, call: Call) => Promise<unknown> | undefined,
  ): Route => ({
    method: 'POST',
    path: `/:path*/-${path}`,
    async answer(call) {
      const project = projectAt(call)
      const done = project && act(project, call)
      if (!project || !done) return missing
      await done
      return seeOther(at(`/${project.path}`))
    },
  })

  const onMerge = (path: string, act: (merge: MergeRequest) => Promise<unknown>): Route =>
    onForm(`/merge_requests/:iid/${path}`, (project, { params }) => {
      const found = world.mergeRequests.find(
        (one) => one.projectId === project.id && String(one.iid) === params['iid'],
      )
      return found && act(found)
    })

  return [
    { method: 'GET', path: '/', answer: showHome },
    {
      method: 'POST',
      path: '/session',
      answer(call) {
        world.currentPerson = textIn(call.fields, 'username')
        return seeOther(at('/'))
      },
    },
    { method: 'GET', path: '/-/user_settings/applications', answer: showApplications },
    {
      method: 'POST',
      path: '/-/user_settings/applications',
      answer(call) {
        const uris = (textIn(call.fields, 'redirect_uri') ?? '').split(/\s+/).filter(Boolean)
        const scopes = [call.fields['scopes'] ?? []].flat().map(String)
        if (uris.length === 0 || !uris.every((uri) => URL.canParse(uri)) || scopes.length === 0) {
          return page(422, 'Applications', '<p>Enter redirect URIs, and choose scopes.</p>')
        }
        addApp(uris, scopes)
        return seeOther(at('/-/user_settings/applications'))
      },
    },
    { method: 'GET', path: '/-/deliveries', answer: showDeliveries },
    {
      method: 'POST',
      path: '/-/deliveries/:id/redeliver',
      async answer(call) {
        const found = world.deliveries.find((one) => String(one.id) === call.params['id'])
        if (found === undefined) return missing
        await deliveries.redeliver(found.id)
        return seeOther(at('/-/deliveries'))
      },
    },
    onForm('/push', (project, { fields }) =>
      actions.push(project, {
        branch: textIn(fields, 'branch') ?? project.defaultBranch,
        files: { [textIn(fields, 'file') ?? 'note.txt']: `${textIn(fields, 'text') ?? ''}\n` },
        message: textIn(fields, 'message') ?? 'Change something',
        by: world.currentPerson ?? 'root',
      }),
    ),
    onForm('/merge_requests', (project, { fields }) => {
      const by = textIn(fields, 'fork') || null
      return actions.openMerge(project, {
        branch: textIn(fields, 'branch') ?? 'feature/x',
        target: textIn(fields, 'into') ?? project.defaultBranch,
        title: textIn(fields, 'title') ?? 'Add a feature',
        by: by ?? world.currentPerson ?? 'root',
        ...(by === null ? {} : { fork: by }),
      })
    }),
    onMerge('push', (merge) =>
      actions.push(projectById(world, merge.sourceProjectId ?? merge.projectId), {
        branch: merge.sourceBranch,
        files: { 'feature.txt': `at ${new Date(scene.now()).toISOString()}\n` },
        message: 'Change the feature',
        by: merge.author,
      }),
    ),
    onMerge('close', (merge) => actions.changeMerge(merge, 'close')),
    onMerge('reopen', (merge) => actions.changeMerge(merge, 'reopen')),
    ...['/-/merge_requests/:iid', '/-/commit/:sha', '/-/tree/:branch*', ''].map((path): Route => ({
      method: 'GET',
      path: `/:path*${path}`,
      answer: showProject,
    })),
  ]

  function showHome(): Reply {
    const people = world.people.map(({ username }) =>
      username === world.currentPerson
        ? `<p><b>${escaped(username)}</b> sits at this browser.</p>`
        : button(at('/session'), `Be ${username}`, { username }),
    )
    const projects = world.projects.map((one) => [
      link(at(`/${one.path}`), one.path),
      one.archived ? `${one.visibility}, archived` : one.visibility,
    ])
    return page(
      200,
      'GitLab, made up',
      `<h2>People</h2>${people.join('')}<h2>Projects</h2>${table(['Path', ''], projects)}` +
        `<p>${link(at('/-/user_settings/applications'), 'Applications')}</p>` +
        `<p>${link(at('/-/deliveries'), 'What webhooks have delivered')}</p>` +
        breachMarkup(scene.breaches),
    )
  }

  function showApplications(): Reply {
    const scopes = ['api', 'read_api', 'read_user', 'read_repository'].map(
      (scope) =>
        `<label><input type="checkbox" name="scopes" value="${scope}" checked> ${scope}</label><br>`,
    )
    return page(
      200,
      'Applications',
      world.apps
        .map(
          (app) =>
            `<h2>${escaped(app.name)}</h2><p>Application ID <code>${app.clientId}</code></p>` +
            `<p>Secret <code>${app.clientSecret}</code></p>` +
            `<p>Redirect URIs ${escaped(app.redirectUris.join(' '))}, scopes ${app.scopes.join(' ')}</p>`,
        )
        .join('') +
        button(
          at('/-/user_settings/applications'),
          'Save application',
          {},
          `<h2>Add one</h2><label>Redirect URIs, one a line<br><textarea name="redirect_uri" rows="2" cols="60"></textarea></label><br>` +
            scopes.join(''),
        ),
    )
  }

  function showDeliveries(): Reply {
    const rows = world.deliveries
      .toReversed()
      .map((one) => [
        escaped(one.sentAt),
        escaped(one.event),
        escaped(world.projects.find(({ id }) => id === one.projectId)?.path ?? ''),
        `${one.statusCode} ${escaped(one.status)}`,
        `<code>${one.idempotencyKey}</code>`,
        button(at(`/-/deliveries/${one.id}/redeliver`), 'Resend'),
      ])
    return page(200, 'Deliveries', table(['At', 'Event', 'Project', 'Answer', 'Key', ''], rows))
  }

  function viewOf(project: Project): RepositoryView {
    const path = at(`/${project.path}/-`)
    const merges = world.mergeRequests.filter((one) => one.projectId === project.id)
    const refs = project.dir === null ? {} : refsOf(project.dir)
    return {
      path,
      cloneUrl: `${scene.url()}/${project.path}.git`,
      branches: Object.entries(refs)
        .filter(([ref]) => ref.startsWith('refs/heads/'))
        .map(([ref, sha]) => [ref.slice('refs/heads/'.length), sha] as const),
      change: 'merge request',
      changesPath: `${path}/merge_requests`,
      changes: merges.toReversed().map((one) => ({
        number: one.iid,
        title: one.title,
        from: `${world.projects.find(({ id }) => id === one.sourceProjectId)?.path ?? 'a project that is gone'}:${one.sourceBranch}`,
        into: one.targetBranch,
        sha: one.headSha,
        state: one.state,
        isOpen: one.state === 'opened',
        isMergeable: one.mergeSha !== null,
      })),
      checks: world.statuses
        .filter((one) => one.projectId === project.id)
        .toReversed()
        .map((one) => ({
          sha: one.sha,
          kind: 'status' as const,
          name: one.name,
          state: one.state,
          said: one.description ?? '',
          url: one.targetUrl,
          rerunPath: null,
        })),
      comments: world.notes
        .filter((one) => one.projectId === project.id)
        .map(({ iid, ...one }) => ({ on: `!${iid}`, ...one })),
      people: world.people.map(({ username }) => username),
    }
  }
}
