import { button, escaped } from './page.ts'

/** A repository as its page shows it, of any forge. `path` is where its forms post to. */
export type RepositoryView = {
  path: string
  cloneUrl: string
  branches: readonly (readonly [name: string, sha: string])[]
  /** What the forge calls a wish to merge: `pull request`. */
  change: string
  /** Where that is opened and changed: `/lumen/app/pulls`. */
  changesPath: string
  changes: readonly ChangeView[]
  checks: readonly CheckView[]
  comments: readonly { on: string; author: string; body: string; updatedAt: string }[]
  /** Who may fork it. */
  people: readonly string[]
}

export type ChangeView = {
  number: number
  title: string
  from: string
  into: string
  sha: string
  state: string
  isOpen: boolean
  isMergeable: boolean
}

export type CheckView = {
  sha: string
  kind: 'check run' | 'status'
  name: string
  state: string
  said: string
  url: string | null
  /** Where the forge's own "Re-run" posts to; null where it has none. */
  rerunPath: string | null
}

/** The newest; more would hide the forms below. */
const checksShown = 30

/** Everything that can be done to a repository by hand, and what Oore has told of it. */
export function repositoryMarkup(view: RepositoryView): string {
  return [
    `<p><code>git clone ${escaped(view.cloneUrl)}</code></p>`,
    '<h2>Branches</h2>',
    table(
      ['Branch', 'Commit'],
      view.branches.map(([name, sha]) => [escaped(name), shaOf(sha)]),
    ),
    '<h2>What Oore said of commits</h2>',
    table(
      ['Commit', 'Kind', 'Name', 'State', 'Said', ''],
      view.checks
        .slice(0, checksShown)
        .map((one) => [
          shaOf(one.sha),
          one.kind,
          link(one.url, one.name),
          `<b>${escaped(one.state)}</b>`,
          `<pre>${escaped(one.said)}</pre>`,
          one.rerunPath === null ? '' : button(one.rerunPath, 'Re-run'),
        ]),
    ),
    '<h2>Comments</h2>',
    ...view.comments.map(
      ({ on, author, body, updatedAt }) =>
        `<p>${escaped(on)}, <b>${escaped(author)}</b>, ${escaped(updatedAt)}</p><pre>${escaped(body)}</pre>`,
    ),
    view.comments.length === 0 ? '<p>None.</p>' : '',
    pushForm(view),
    `<h2>${sentence(view.change)}s</h2>`,
    table(
      ['', 'Title', 'From', 'Commit', 'State', ''],
      view.changes.map((one) => [
        `#${one.number}`,
        escaped(one.title),
        `${escaped(one.from)} → ${escaped(one.into)}`,
        shaOf(one.sha),
        one.isMergeable ? one.state : `${one.state}, conflicts`,
        changeButtons(view, one),
      ]),
    ),
    openForm(view),
  ].join('')
}

/** A table, or the word that there is nothing. Cells are markup. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>None.</p>'
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
  return `<table><tr>${head}</tr>${body.join('')}</table>`
}

export const link = (href: string | null, text: string): string =>
  href === null ? escaped(text) : `<a href="${escaped(href)}">${escaped(text)}</a>`

const pushForm = ({ path, branches }: RepositoryView): string =>
  button(
    `${path}/push`,
    'Commit and push',
    {},
    `<h3>Push a commit</h3>` +
      field('Branch', 'branch', branches[0]?.[0] ?? 'main') +
      field('File', 'file', 'note.txt') +
      `<label>Text<br><textarea name="text" rows="3" cols="40">Written by hand</textarea></label><br>` +
      field('Message', 'message', 'Change something'),
  )

const openForm = ({ changesPath, change, branches, people }: RepositoryView): string =>
  button(
    changesPath,
    `Open a ${change}`,
    {},
    `<h3>Open a ${change}</h3>` +
      field('New branch', 'branch', 'feature/x') +
      field('Into', 'into', branches[0]?.[0] ?? 'main') +
      field('Title', 'title', 'Add a feature') +
      `<label>From <select name="fork"><option value="">this repository</option>` +
      people
        .map((login) => `<option value="${escaped(login)}">the fork of ${escaped(login)}</option>`)
        .join('') +
      '</select></label><br>',
  )

const changeButtons = ({ changesPath }: RepositoryView, { number, isOpen }: ChangeView): string =>
  isOpen
    ? button(`${changesPath}/${number}/push`, 'Push to it') +
      button(`${changesPath}/${number}/close`, 'Close')
    : button(`${changesPath}/${number}/reopen`, 'Reopen')

const field = (label: string, name: string, value: string): string =>
  `<label>${label}<br><input name="${name}" value="${escaped(value)}" required></label><br>`

const shaOf = (sha: string): string => `<code title="${sha}">${sha.slice(0, 8)}</code>`

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
