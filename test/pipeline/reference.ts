import { parseDocument, YAMLMap, YAMLSeq } from 'yaml'
import type { Key, Keys, Shape, Table } from '../../src/pipeline/language/shapes.ts'
import { workflowShape } from '../../src/pipeline/language/workflow.ts'

/** A key of the language where it stands: everything the reference page says of it. */
export type Entry = {
  name: string
  /** `workflows.<id>.scripts[].name`. */
  path: string
  key: Key<unknown>
  isRequired: boolean
  /** A file that uses it, and that file without it. */
  example: string
  without: string
}

/** A mapping of the language, and the keys that stand in it. */
export type Section = { path: string; table: Table<Keys>; entries: Entry[] }

type Step = 'item' | { id: string } | { key: string; table: Table<Keys> }
type Place = { path: string; steps: Step[] }

/** Every mapping of the language, each once, where the reader first comes to it. */
export function sectionsOf(): Section[] {
  const sections: Section[] = []
  const seen = new Set<Table<Keys>>()
  const start: Place = { path: 'workflows.<id>', steps: [] }
  walk(workflowShape, start)
  return sections

  function walk(shape: Shape<unknown>, place: Place) {
    const { table, items, ids } = shape
    if (items) walk(items, { ...place, path: `${place.path}[]`, steps: [...place.steps, 'item'] })
    if (ids) {
      const steps = [...place.steps, { id: ids.example }]
      walk(ids.of, { ...place, path: `${place.path}.<id>`, steps })
    }
    if (table === undefined || seen.has(table)) return
    seen.add(table)
    const placed = Object.entries(table.keys).map(([name, key]) => {
      const steps: Step[] = [...place.steps, { key: name, table }]
      return { name, key, steps, path: `${place.path}.${name}` }
    })
    const entries = placed.map(({ name, key, steps, path }) => ({
      name,
      path,
      key,
      isRequired: Object.hasOwn(table.required ?? {}, name),
      example: exampleOf(steps, true),
      without: exampleOf(steps, false),
    }))
    sections.push({ path: place.path, table, entries })
    for (const { key, steps, path } of placed) walk(key.shape, { path, steps })
  }
}

/** A whole file around the key that the steps lead to, with it or without. */
function exampleOf(steps: Step[], isWith: boolean): string {
  const document = parseDocument('workflows: { main: {} }')
  const workflow: unknown = document.getIn(['workflows', 'main'], true)
  const around: { table: Table<Keys>; node: YAMLMap }[] = []
  let node = workflow
  steps.forEach((step, index) => {
    const isLast = index === steps.length - 1
    if (step === 'item' || 'id' in step) {
      const inner = new YAMLMap()
      if (step === 'item' && node instanceof YAMLSeq) node.add(inner)
      else if (step !== 'item' && node instanceof YAMLMap) node.set(step.id, inner)
      node = inner
      return
    }
    if (!(node instanceof YAMLMap)) throw new Error(`${step.key} has no mapping to stand in`)
    const { table, key } = step
    around.push({ table, node })
    for (const required of Object.keys(table.required ?? {})) {
      if (required !== key) put(required, table, node)
    }
    if (!isLast) node.set(key, steps[index + 1] === 'item' ? new YAMLSeq() : new YAMLMap())
    else if (isWith) put(key, table, node)
    for (const beside of table.keys[key]?.beside ?? []) bring(beside, around)
    if (isLast && !isWith) node.delete(key)
    node = node.get(key, true)
  })
  if (workflow instanceof YAMLMap && !workflow.has('scripts')) workflow.set('scripts', ['make'])
  return written(document)
}

/** Puts a key beside another: into the nearest mapping around it that knows such a key. */
function bring(name: string, around: { table: Table<Keys>; node: YAMLMap }[]) {
  const nearest = around.findLast(({ table }) => Object.hasOwn(table.keys, name))
  if (nearest === undefined) throw new Error(`no mapping around knows ${name}`)
  const { table, node } = nearest
  if (node.has(name)) return
  put(name, table, node)
  for (const beside of table.keys[name]?.beside ?? []) bring(beside, around)
}

function put(name: string, table: Table<Keys>, into: YAMLMap) {
  const document = parseDocument(table.keys[name]?.example ?? '')
  if (!(document.contents instanceof YAMLMap)) throw new Error(`${name} has no example`)
  for (const pair of document.contents.items) into.add(pair)
}

/** Mappings line by line, as people write them; lists of words on one line. */
function written(document: ReturnType<typeof parseDocument>): string {
  open(document.contents)
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, indentSeq: true })
}

function open(node: unknown) {
  if (node instanceof YAMLMap) {
    node.flow = false
    for (const { value } of node.items) open(value)
  }
  if (node instanceof YAMLSeq) {
    node.flow = !node.items.some((item) => item instanceof YAMLMap)
    for (const item of node.items) open(item)
  }
}

/** The page: every key of the language with what it takes, what it does, and an example. */
export function referencePage(): string {
  const sections = sectionsOf()
  return `${head}\n${contentsOf(sections)}\n\n${sections.map(sectionText(sections)).join('\n\n')}\n`
}

const head = `# Reference of the pipeline file

<!-- Made by \`npm run golden\` from src/pipeline/language; what is written here by hand is lost. -->

Every key of \`oore.yaml\` and \`codemagic.yaml\`. [The guide](pipeline.md) tells how they work together.
A file has \`workflows\`, a mapping from ids to workflows, and \`definitions\`, a place for anchors that
is never run. A key without a value counts as not written, and a list may be empty. Each example is
a whole file. What this version reads and does not carry out yet is listed
[at the end of the guide](pipeline.md#understood-not-carried-out-yet).
`

const contentsOf = (sections: Section[]): string =>
  sections.map(({ path, table }) => `- ${linkTo(table, sections)}: \`${path}\``).join('\n')

/** "A script item"; what is called by its key is shown as one. */
const titleOf = ({ called }: Table<Keys>): string =>
  /^an? /.test(called) ? `A${called.slice(1)}` : called.replace(/^\w+/, '`$&`')

/** `workflows.<id>.scripts[].name` is at `scripts.item.name`. */
const anchorOf = (path: string): string =>
  path.replace('workflows.<id>.', '').replaceAll('<id>', 'id').replaceAll('[]', '.item')

const anchorOfKeys = (path: string): string => `keys-of-${anchorOf(path)}`

const linkTo = (table: Table<Keys>, sections: Section[]): string => {
  const path = sections.find((section) => section.table === table)?.path ?? ''
  return `[${titleOf(table)}](#${anchorOfKeys(path)})`
}

const sectionText =
  (sections: Section[]) =>
  ({ path, table, entries }: Section): string =>
    [
      `<a id="${anchorOfKeys(path)}"></a>\n\n## ${titleOf(table)}`,
      `The keys of \`${path}\`.`,
      ...entries.map((entry) => entryText(entry, sections)),
      ...mistakesText(table),
    ].join('\n\n')

function entryText({ path, name, key, isRequired, example }: Entry, sections: Section[]): string {
  const tables = tablesIn(key.shape)
  return [
    `<a id="${anchorOf(path)}"></a>\n\n### \`${name}\``,
    `Takes ${takes(key.shape)}.${isRequired ? ' It must be there.' : ''}`,
    key.says,
    ...(tables.length === 0
      ? []
      : [`Its keys: ${tables.map((table) => linkTo(table, sections)).join(', ')}.`]),
    `\`\`\`yaml\n${example}\`\`\``,
  ].join('\n\n')
}

function tablesIn({ table, items, ids }: Shape<unknown>): Table<Keys>[] {
  if (table !== undefined) return [table]
  return [items, ids?.of].flatMap((inner) => (inner === undefined ? [] : tablesIn(inner)))
}

function takes({ wants, items }: Shape<unknown>): string {
  return wants === 'a list' && items !== undefined
    ? `a list, of which each item is ${items.wants}`
    : wants
}

function mistakesText({ elsewhere = {} }: Table<Keys>): string[] {
  const mistakes = Object.entries(elsewhere)
  if (mistakes.length === 0) return []
  const lines = mistakes.map(
    ([name, { effect, remedy }]) =>
      `- \`${name}\`${effect === undefined ? '' : `: ${effect}`}. ${remedy}`,
  )
  return ['What people write here, and what has no effect here:', lines.join('\n')]
}
