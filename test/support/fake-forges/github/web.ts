import { type Call, type Reply, type Route, textIn } from '../forge.ts'
import { refsOf } from '../git-store.ts'
import { breachMarkup, button, escaped, missing, page, seeOther } from '../page.ts'
import { type CheckView, link, repositoryMarkup, table } from '../repository-page.ts'
import type { Actions } from './actions.ts'
import type { Scene } from './bearer.ts'
import type { Deliveries } from './deliveries.ts'
import { repositoryById } from './shapes.ts'
import {
  fullNameOf,
  type Installation,
  isName,
  type Pull,
  type Repository,
  repositoryNamed,
} from './world.ts'

/** Pages for people who try things by hand: repositories, installations and deliveries. */
export function webRoutes(scene: Scene, actions: Actions, deliveries: Deliveries): Route[] {
  const { world } = scene
  const repositoryAt = ({ params }: Call): Repository | null =>
    repositoryNamed(world, `${params['owner']}/${params['repo']}`)
  const installationAt = ({ params }: Call): Installation | null =>
    world.installations.find((one) => String(one.id) === params['id']) ?? null

  const showRepository = (call: Call): Reply => {
    const repository = repositoryAt(call)
    return repository === null
      ? missing
      : page(200, fullNameOf(repository), repositoryMarkup(viewOf(repository)))
  }

  /** A form's action on a repository, after which its page is shown. */
  const onForm = (
    path: string,
    act: (repository: Repository, call: Call) => Promise<unknown> | undefined,
  ): Route => ({
    method: 'POST',
    path: `/:owner/:repo${path}`,
    async answer(call) {
      const repository = repositoryAt(call)
      const done = repository && act(repository, call)
      if (!repository || !done) return missing
      await done
      return seeOther(`/${fullNameOf(repository)}`)
    },
  })

  const onPull = (path: string, act: (pull: Pull) => Promise<unknown>): Route =>
    onForm(`/pulls/:number/${path}`, (repository, { params }) => {
      const found = world.pulls.find(
        (one) => one.repositoryId === repository.id && String(one.number) === params['number'],
      )
      return found && act(found)
    })

  const installationRoutes = (path: string): Route[] => [
    {
      method: 'GET',
      path,
      answer: (call) => {
        const found = installationAt(call)
        return found === null ? missing : showInstallation(found)
      },
    },
    {
      method: 'POST',
      path: `${path}/:action`,
      async answer(call) {
        const found = installationAt(call)
        if (found === null || !(await changeInstallation(found, call))) return missing
        const isThere = world.installations.includes(found)
        return seeOther(isThere ? call.path.replace(/\/[^/]+$/, '') : '/')
      },
    },
  ]

  return [
    { method: 'GET', path: '/', answer: showHome },
    {
      method: 'POST',
      path: '/session',
      answer(call) {
        world.currentPerson = textIn(call.fields, 'login')
        return seeOther('/')
      },
    },
    { method: 'GET', path: '/deliveries', answer: showDeliveries },
    {
      method: 'POST',
      path: '/deliveries/:id/redeliver',
      async answer(call) {
        const found = world.deliveries.find((one) => String(one.id) === call.params['id'])
        if (found === undefined) return missing
        await deliveries.redeliver(found.id)
        return seeOther('/deliveries')
      },
    },
    { method: 'GET', path: '/github-apps/:slug', answer: showApp },
    { method: 'GET', path: '/apps/:slug', answer: showApp },
    ...installationRoutes('/settings/installations/:id'),
    ...installationRoutes('/organizations/:org/settings/installations/:id'),
    onForm('/push', (repository, { fields }) =>
      actions.push(repository, {
        branch: textIn(fields, 'branch') ?? repository.defaultBranch,
        files: { [textIn(fields, 'file') ?? 'note.txt']: `${textIn(fields, 'text') ?? ''}\n` },
        message: textIn(fields, 'message') ?? 'Change something',
        by: world.currentPerson ?? repository.owner,
      }),
    ),
    onForm('/pulls', (repository, { fields }) => {
      const by = textIn(fields, 'fork') || null
      return actions.openPull(repository, {
        branch: textIn(fields, 'branch') ?? 'feature/x',
        base: textIn(fields, 'into') ?? repository.defaultBranch,
        title: textIn(fields, 'title') ?? 'Add a feature',
        by: by ?? world.currentPerson ?? repository.owner,
        ...(by === null ? {} : { fork: by }),
      })
    }),
    onPull('push', (pull) =>
      actions.push(repositoryById(world, pull.headRepositoryId ?? pull.repositoryId), {
        branch: pull.headRef,
        files: { 'feature.txt': `at ${new Date(scene.now()).toISOString()}\n` },
        message: 'Change the feature',
        by: pull.author,
      }),
    ),
    onPull('close', (pull) => actions.changePull(pull, 'closed')),
    onPull('reopen', (pull) => actions.changePull(pull, 'reopened')),
    onForm('/checks/:run/rerun', (repository, { params }) => {
      const found = world.checkRuns.find(
        (one) => one.repositoryId === repository.id && String(one.id) === params['run'],
      )
      return found && actions.rerun(found, 'check_run', world.currentPerson ?? repository.owner)
    }),
    // Addresses that the API and payloads name all lead to the one page there is.
    ...['', '/pull/:number', '/runs/:run', '/commit/:sha', '/tree/:branch*'].map((path): Route => ({
      method: 'GET',
      path: `/:owner/:repo${path}`,
      answer: showRepository,
    })),
  ]

  function showHome(): Reply {
    const people = world.people.map(({ login }) =>
      login === world.currentPerson
        ? `<p><b>${escaped(login)}</b> sits at this browser.</p>`
        : button('/session', `Be ${login}`, { login }),
    )
    const repositories = world.repositories.map((one) => [
      link(`/${fullNameOf(one)}`, fullNameOf(one)),
      [one.private ? 'private' : 'public', one.archived ? 'archived' : '', one.forkOf ? 'fork' : '']
        .filter((word) => word !== '')
        .join(', '),
    ])
    return page(
      200,
      'GitHub, made up',
      `<h2>People</h2>${people.join('')}<h2>Repositories</h2>${table(['Name', ''], repositories)}` +
        `<h2>Apps</h2>` +
        table(
          ['App', 'Webhook'],
          world.apps.map((app) => [
            link(`/apps/${app.slug}`, app.name),
            escaped(app.hookUrl ?? ''),
          ]),
        ) +
        `<p>${link('/deliveries', 'What has been delivered to them')}</p>` +
        breachMarkup(scene.breaches),
    )
  }

  function showApp(call: Call): Reply {
    const app = world.apps.find((one) => one.slug === call.params['slug'])
    if (app === undefined) return missing
    const mine = world.installations.filter((one) => one.appId === app.id)
    return page(
      200,
      app.name,
      `<p>${link(`/apps/${app.slug}/installations/new`, 'Install it')}</p>` +
        table(
          ['Installed on', 'Repositories'],
          mine.map((one) => [
            link(`/organizations/${one.account}/settings/installations/${one.id}`, one.account),
            one.selection,
          ]),
        ),
    )
  }

  function showInstallation(installation: Installation): Reply {
    const app = world.apps.find((one) => one.id === installation.appId)
    const path = `/organizations/${installation.account}/settings/installations/${installation.id}`
    const mine = world.repositories.filter((one) => isName(one.owner, installation.account))
    const isSuspended = installation.suspendedAt !== null
    return page(
      200,
      `${app?.name ?? ''} on ${installation.account}`,
      table(
        ['Repository', ''],
        mine.map((one) => {
          const isIn =
            installation.selection === 'all' || installation.repositoryIds.includes(one.id)
          const repository = { repository: one.name }
          return [
            escaped(one.name),
            isIn
              ? button(`${path}/remove`, 'Remove', repository)
              : button(`${path}/add`, 'Add', repository),
          ]
        }),
      ) +
        button(
          `${path}/${isSuspended ? 'unsuspend' : 'suspend'}`,
          isSuspended ? 'Unsuspend' : 'Suspend',
        ) +
        button(`${path}/accept`, 'Accept new permissions') +
        button(`${path}/uninstall`, 'Uninstall'),
    )
  }

  async function changeInstallation(installation: Installation, call: Call): Promise<boolean> {
    const mine = world.repositories.filter((one) => isName(one.owner, installation.account))
    const chosen = mine.filter((one) => one.name === textIn(call.fields, 'repository'))
    switch (call.params['action']) {
      case 'add':
        await actions.chooseRepositories(installation, 'added', chosen)
        return true
      case 'remove':
        // All but one is a choice of repositories, of those that are there now.
        if (installation.selection === 'all') installation.repositoryIds = mine.map(({ id }) => id)
        await actions.chooseRepositories(installation, 'removed', chosen)
        return true
      case 'suspend':
      case 'unsuspend':
        await actions.changeInstallation(installation, call.params['action'])
        return true
      case 'accept':
        await actions.changeInstallation(installation, 'new_permissions_accepted')
        return true
      case 'uninstall':
        await actions.changeInstallation(installation, 'deleted')
        return true
      default:
        return false
    }
  }

  function showDeliveries(): Reply {
    const rows = world.deliveries
      .toReversed()
      .map((one) => [
        escaped(one.deliveredAt),
        escaped(one.action === null ? one.event : `${one.event}.${one.action}`),
        one.redelivery ? 'again' : '',
        `${one.statusCode} ${escaped(one.status)}`,
        `<code>${one.guid}</code>`,
        button(`/deliveries/${one.id}/redeliver`, 'Redeliver'),
      ])
    return page(200, 'Deliveries', table(['At', 'Event', '', 'Answer', 'Id', ''], rows))
  }

  function viewOf(repository: Repository) {
    const name = fullNameOf(repository)
    const path = `/${name}`
    const runs = world.checkRuns.filter((one) => one.repositoryId === repository.id)
    const statuses = world.statuses.filter((one) => one.repositoryId === repository.id)
    const checks: CheckView[] = [
      ...runs.map((one) => ({
        sha: one.headSha,
        kind: 'check run' as const,
        name: one.name,
        state: one.conclusion ?? one.status,
        said: [one.output.title, one.output.summary, one.output.text].filter(Boolean).join('\n\n'),
        url: one.detailsUrl,
        rerunPath: one.status === 'completed' ? `${path}/checks/${one.id}/rerun` : null,
      })),
      ...statuses.map((one) => ({
        sha: one.sha,
        kind: 'status' as const,
        name: one.context,
        state: one.state,
        said: one.description ?? '',
        url: one.targetUrl,
        rerunPath: null,
      })),
    ]
    const pulls = world.pulls.filter((one) => one.repositoryId === repository.id)
    return {
      path,
      cloneUrl: `${scene.url()}${path}.git`,
      branches: branchesOf(repository),
      change: 'pull request',
      changesPath: `${path}/pulls`,
      changes: pulls.toReversed().map((one) => ({
        number: one.number,
        title: one.title,
        from: `${one.headOwner}:${one.headRef}`,
        into: one.baseRef,
        sha: one.headSha,
        state: one.state,
        isOpen: one.state === 'open',
        isMergeable: one.mergeSha !== null,
      })),
      checks: checks.toReversed(),
      comments: world.comments
        .filter((one) => one.repositoryId === repository.id)
        .map(({ issue, ...one }) => ({ on: `#${issue}`, ...one })),
      people: world.people.map(({ login }) => login),
    }
  }
}

const branchesOf = ({ dir }: Repository): [string, string][] =>
  Object.entries(dir === null ? {} : refsOf(dir))
    .filter(([ref]) => ref.startsWith('refs/heads/'))
    .map(([ref, sha]) => [ref.slice('refs/heads/'.length), sha])
