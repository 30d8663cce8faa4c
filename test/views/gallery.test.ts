import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { gallery } from '../../src/views/gallery.tsx'
import { hostile } from '../../src/views/gallery/builds.ts'
import type { Shell } from '../../src/views/layout/shell.ts'
import { type Element, elementsOf, readHtml, textOf } from '../support/html.ts'

const shell: Shell = {
  actor: 'admin',
  may: () => true,
  runningCount: 2,
  assets: (name) => `/assets/${name}`,
  path: '/builds?status=failure&branch=main',
  theme: 'system',
}

const entries = gallery(shell)
const known = [
  'hx-get',
  'hx-push-url',
  'hx-select',
  'hx-select-oob',
  'hx-sse:close',
  'hx-sse:connect',
  'hx-swap',
  'hx-target',
  'hx-trigger',
]

describe.each(entries)('$name', (entry) => {
  test('keeps what others wrote as text, exactly', async () => {
    const page = readHtml((await entry.render(makeHostile)).toString())
    const elements = elementsOf(page)
    // Pictures of our own have a size; that of the hostile text has none.
    const strange = elements.filter(
      ({ name, attributes }) => name === 'img' && !attributes['width'],
    )
    expect(strange).toEqual([])
    expect(attributesOf(elements).filter(([name]) => name.startsWith('on'))).toEqual([])

    const values = attributesOf(elements).map(([, value]) => value)
    const said = [textOf(page), ...values]
    expect(said.some((text) => text.includes(hostile))).toBe(true)
    // Escaped twice, our text would still be inert, but would be shown as &lt;img …
    for (const text of said) expect(text).not.toMatch(/&(amp;amp|lt|gt|quot|#39);/)
  })

  test('has only sound attributes and references', async () => {
    const page = readHtml((await entry.render()).toString())
    expect(complaintsOf(page)).toEqual([])
  })

  test('shows text that turns its surroundings by code, never raw', async () => {
    const html = (await entry.render()).toString()
    expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
  })
})

test('each entry has a name of its own', () => {
  const names = entries.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

test('every htmx attribute is one that the vendored htmx knows', () => {
  // What htmx tells editors about itself.
  const types = 'node_modules/htmx.org/dist/editors/jetbrains/htmx.web-types.json'
  const words = readFileSync(types, 'utf8')
  expect(known.filter((name) => !words.includes(`"${name}"`))).toEqual([])
})

/** Values from closed sets, and markup that was escaped elsewhere: everything else is replaced. */
const closed = new Set([
  'about',
  'verdict',
  'status',
  'kind',
  'failureKind',
  'triggerType',
  'trigger',
  'configSource',
  'source',
  'provider',
  'forge',
  'role',
  'state',
  'tab',
  'shows',
  'against',
  'is',
  'theme',
  'format',
  'severity',
  'sort',
  'streamFilter',
  'html',
])

function makeHostile<P>(props: P): P {
  return replace(props, '') as P
}

function replace(value: unknown, key: string): unknown {
  if (typeof value === 'string') return closed.has(key) ? value : hostile
  if (Array.isArray(value)) return value.map((item) => replace(item, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, replace(item, name)]),
  )
}

const attributesOf = (elements: Element[]): [string, string][] =>
  elements.flatMap(({ attributes }) => Object.entries(attributes))

/** The one form that is posted elsewhere: it asks GitHub for an App. */
const leadsToGithub = /^https:\/\/github\.com\/\S*settings\/apps\/new\?state=/

function complaintsOf(page: Element): string[] {
  const elements = elementsOf(page)
  const ids = elements.flatMap(({ attributes: { id } }) => (id === undefined ? [] : [id]))
  const complaints = ids
    .filter((id, index) => ids.indexOf(id) !== index)
    .map((id) => `twice: #${id}`)
  for (const element of elements)
    complaints.push(...complaintsAbout(element, new Set(ids), elements))
  return complaints
}

function complaintsAbout(element: Element, ids: Set<string>, all: Element[]): string[] {
  const { name, attributes } = element
  const here = `<${name} ${attributes['class'] ?? ''}>`
  const complaints: string[] = []
  const must = (held: boolean, what: string) => {
    if (!held) complaints.push(`${here} ${what}`)
  }
  for (const [key, value] of Object.entries(attributes)) {
    must(key !== 'style', 'has an inline style')
    must(!key.startsWith('on'), `has ${key}`)
    must(!key.startsWith('hx-') || known.includes(key), `has ${key}`)
    must(!['undefined', 'null', 'NaN', '[object Object]'].includes(value), `has ${key}=${value}`)
    if (references.includes(key)) {
      for (const id of value.split(' ')) must(ids.has(id), `${key} leads to no #${id}`)
    }
    if (key === 'hx-target' || key === 'hx-select' || key === 'hx-select-oob') {
      // Several with commas between them, each with the way it is put in place.
      for (const [part = ''] of value.split(',').map((one) => one.split(':'))) {
        must(part.startsWith('#') && ids.has(part.slice(1)), `${key} leads to no ${part}`)
      }
    }
    if (key === 'href' && value.startsWith('#'))
      must(ids.has(value.slice(1)), `leads to no ${value}`)
  }
  if (name === 'a') must((attributes['href'] ?? '') !== '', 'has no href')
  if (name === 'a' || name === 'button') must(nameOf(element) !== '', 'has no name')
  if (name === 'button')
    must(['submit', 'button'].includes(attributes['type'] ?? ''), 'has no type')
  if (name === 'form') {
    const action = attributes['action'] ?? ''
    must(action.startsWith('/') || leadsToGithub.test(action), 'has no action')
    must(['get', 'post'].includes(attributes['method'] ?? ''), 'has no method')
  }
  if (name === 'script') must(textOf(element) === '' && 'src' in attributes, 'is an inline script')
  if (isControl(element)) must(hasLabel(element, all), `${attributes['name']} has no label`)
  return complaints
}

const references = ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'list']

const nameOf = (element: Element): string =>
  (element.attributes['aria-label'] ?? textOf(element)).trim()

const isControl = ({ name, attributes }: Element): boolean =>
  ['input', 'select', 'textarea'].includes(name) && attributes['type'] !== 'hidden'

function hasLabel({ attributes, parent }: Element, all: Element[]): boolean {
  if (attributes['aria-label'] !== undefined || parent?.name === 'label') return true
  return all.some(
    ({ name, attributes: other }) => name === 'label' && other['for'] === attributes['id'],
  )
}
