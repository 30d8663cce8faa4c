import { below, clipped, error, warning, type Spot } from './findings.ts'
import { readWorkflow } from './language/workflow.ts'
import { own } from './language/shapes.ts'
import { found } from './language/words.ts'
import { nearest } from './nearest.ts'
import type { InputValues, Pipeline, Workflow } from './pipeline.ts'
import type { Entry, MapNode, Node } from './tree.ts'

/**
 * A tree to a pipeline of the workflows without an error; null where none is left. Whatever is
 * wrong is reported, all of it: an error in one workflow does not hide those of the others.
 * `inputs` are values for `${{ inputs.… }}` by the workflow's id.
 */
export function checkTree(
  root: Node,
  spot: Spot,
  inputs: Record<string, InputValues> = {},
): Pipeline | null {
  const file = root.kind === 'map' ? root : tellNoMapping(root, spot)
  if (file === null) return null
  const entry = file.entries.find((each) => each.key === 'workflows')
  if (entry === undefined) return tellNoWorkflows(file, spot)
  const inside = below(spot, 'workflows')
  if (entry.value.kind === 'null') return tellEmptyWorkflows(entry, file, inside)
  tellUnknownKeys(file, spot)
  if (entry.value.kind === 'broken') return null
  if (entry.value.kind !== 'map') {
    const message = `workflows must be a mapping from ids to workflows, found ${found(entry.value)}.`
    error(inside, entry.value.at, message, example)
    return null
  }
  const workflows = entry.value.entries.flatMap(
    (each) => checkWorkflow(each, inside, own(inputs, each.key) ?? {}) ?? [],
  )
  if (entry.value.entries.length === 0) error(inside, entry.at, 'workflows is empty.', example)
  return workflows.length === 0 ? null : { workflows }
}

const idLengthMax = 200

const example = 'Write "workflows:", below it an id such as "test:", below that "scripts:".'

function checkWorkflow(
  { key, at, value }: Entry,
  workflows: Spot,
  inputs: InputValues,
): Workflow | null {
  const spot = below(workflows, key)
  if (key.trim() === '') error(spot, at, 'A workflow needs an id.', 'Write one, such as "test:".')
  const trouble = idTrouble(key)
  if (trouble !== null) {
    const message = `The id of a workflow ${trouble}.`
    error(spot, at, message, 'Write a short one, and the rest as its "name".')
    return null
  }
  if (isWorkflowKey(key) && value.kind !== 'map') {
    const message = `"${key}" stands among the workflows, and belongs into one.`
    error(spot, at, message, 'Indent it like the other keys of its workflow.')
    return null
  }
  if (value.kind === 'null') {
    error(spot, at, `The workflow "${clipped(key, 60)}" is empty.`, 'Indent its keys below it.')
    return null
  }
  const workflow = readWorkflow(key, value, spot, inputs)
  if (spot.findings.unsound.has(key)) return null
  if (workflow?.scripts.length === 0 && !hasMisspeltScripts(value)) {
    const message = `The workflow "${clipped(key, 60)}" has no scripts: a build only gets the code.`
    warning(spot, at, message, 'Write "scripts:" with a list of commands.')
  }
  return workflow
}

/** Ids are stored, and stand in addresses and in the names of checks. */
function idTrouble(id: string): string | null {
  if (id.length > idLengthMax) return `has more than ${idLengthMax} characters`
  const isUnseen = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u.test(id)
  return isUnseen ? 'holds a character that cannot be seen' : null
}

/** Then that is told already, and what to write. */
const hasMisspeltScripts = (node: Node): boolean =>
  node.kind === 'map' &&
  node.entries.some(({ key }) => key === 'steps' || nearest(key, ['scripts']) !== null)

/** At the top, keys that are not ours are read over: some files keep their anchors there. */
function tellUnknownKeys(file: MapNode, spot: Spot) {
  for (const { key, at } of file.entries) {
    if (key === 'workflows' || key === 'definitions') continue
    const similar = nearest(key, ['definitions'])
    const message = `"${clipped(key, 60)}" is not a key of the file; it is ignored.`
    const remedy = isWorkflowKey(key)
      ? 'If it holds anchors only, move it under "definitions"; else into a workflow, below its id.'
      : similar === null
        ? 'At the top stand "workflows", and "definitions" for anchors.'
        : `Did you mean "${similar}"?`
    warning(below(spot, key), at, message, remedy)
  }
}

function tellNoWorkflows(file: MapNode, spot: Spot): null {
  const misspelt = file.entries.find((entry) => nearest(entry.key, ['workflows']) !== null)
  const inner = file.entries.find((entry) => isWorkflowKey(entry.key))
  if (misspelt !== undefined) {
    const message = `The file has no workflows, but "${misspelt.key}".`
    error(spot, misspelt.at, message, 'Did you mean "workflows"?')
  } else if (file.entries.some(({ key }) => key === 'jobs')) {
    const message =
      'The file has "jobs", as GitHub Actions and GitLab write them, and no workflows.'
    error(spot, file.at, message, example)
  } else if (inner !== undefined) {
    const message = `The file has no workflows: "${inner.key}" belongs into one.`
    const remedy = 'Write "workflows:" and "  main:" above it, and indent the rest by 4 blanks.'
    error(spot, inner.at, message, remedy)
  } else {
    error(spot, file.at, 'The file has no workflows.', example)
  }
  return null
}

const isWorkflowKey = (key: string): boolean =>
  ['scripts', 'environment', 'triggering', 'artifacts', 'publishing'].includes(key)

/** `workflows:` and the workflow below it in the same column: the commonest slip of all. */
function tellEmptyWorkflows(entry: Entry, file: MapNode, spot: Spot): null {
  const outside = file.entries.find(
    ({ value }) => value.kind === 'map' && value.entries.some((each) => isWorkflowKey(each.key)),
  )
  const key = file.entries.find((each) => isWorkflowKey(each.key))
  if (outside === undefined && key !== undefined) {
    const message = `workflows is empty, and "${key.key}", which belongs into one, is beside it.`
    const remedy = 'Indent the id of the workflow by 2 blanks, and its keys by 4.'
    error(spot, entry.at, message, remedy)
  } else if (outside === undefined) {
    error(spot, entry.at, 'workflows is empty.', example)
  } else {
    const message = `workflows is empty, and the workflow "${clipped(outside.key, 60)}" is beside it.`
    error(spot, outside.at, message, `Indent "${clipped(outside.key, 60)}:" and what it holds.`)
  }
  return null
}

function tellNoMapping(root: Node, spot: Spot): null {
  if (root.kind === 'null') error(spot, root.at, 'The file is empty.', example)
  else if (root.kind === 'list') {
    const message = 'The file is a list; it must be a mapping with "workflows".'
    error(spot, root.at, message, 'If these are steps, write them under "scripts:" of a workflow.')
  } else if (root.kind === 'scalar') tellText(root.text, root, spot)
  return null
}

function tellText(text: string, root: Node, spot: Spot) {
  if (/^[A-Za-z0-9+/=\s]{80,}$/.test(text) && !text.includes(': ')) {
    const message = 'The file looks as if it were encoded in base64.'
    error(spot, root.at, message, 'Commit it as plain text.')
  } else if (/^workflows\s*\{/.test(text)) {
    const message = 'The file is written in the form with braces, and read as YAML.'
    error(
      spot,
      root.at,
      message,
      'Name it oore.huml, or choose HUML where the format is asked for.',
    )
  } else {
    const message = `The file holds only the text ${JSON.stringify(clipped(text, 40))}.`
    error(spot, root.at, message, example)
  }
}
