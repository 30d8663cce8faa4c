import { below, clipped, error, pathOf, warning, type Spot } from '../findings.ts'
import type { ScriptItem } from '../pipeline.ts'
import type { MapNode, Node } from '../tree.ts'
import { directory } from './paths.ts'
import { key, map, mismatch, own, text, yesOrNo, type Shape } from './shapes.ts'
import { noWhen, when } from './when.ts'

const stepsMax = 1000
const titleLengthMax = 80

const example = '{ name: Test, script: npm test }'

const commands: Shape<string> = {
  ...text,
  remedy: 'Write "script: |", and the commands on the lines below it.',
  read: (node, spot) =>
    node.kind === 'scalar' ? text.read(node, spot) : mismatch(commands, node, spot),
}

const itemMap = map(
  {
    called: 'a script item',
    keys: {
      name: key(
        text,
        'What the step is called. Without it, the first comment or command of the script.',
        'name: Run the tests',
      ),
      script: key(
        commands,
        'The commands, run by `sh` as it is on a Mac (bash in POSIX mode, without `-e`), or by the program that a first line `#!…` names. The last command decides whether the step succeeded. Required.',
        'script: flutter test',
      ),
      ignore_failure: key(
        yesOrNo,
        'Go on when the step fails, and show that it failed.',
        'ignore_failure: true',
      ),
      working_directory: key(
        directory,
        'Where the step runs, from the root of the repository, or an absolute path; replaces that of the workflow.',
        'working_directory: packages/core',
      ),
      test_report: key(
        text,
        'A pattern of test reports, JUnit XML or the JSON of `flutter test --machine`: collected also when the step fails, and shown with the build.',
        'test_report: build/test-results/**/*.xml',
      ),
      when: key(
        when,
        'Run the step only if files have changed, or if a condition holds. Also in builds that people start.',
        "when: { condition: env.CM_BRANCH == 'main' }",
      ),
    },
    required: { script: 'Write "script:" with the commands to run.' },
    elsewhere: {
      run: { remedy: 'Write "script" instead.' },
      command: { remedy: 'Write "script" instead.' },
      title: { remedy: 'Write "name" instead.' },
      changeset: { remedy: 'Move it under "when".' },
      condition: { remedy: 'Move it under "when".' },
      env: { remedy: 'Write "environment" with "vars" in the workflow.' },
      vars: { remedy: 'Move it under "environment" of the workflow.' },
    },
  },
  example,
)

/** The steps of a workflow: one script, one item, or a list of both. */
export const scriptItems: Shape<ScriptItem[]> = {
  wants: 'a list of scripts',
  remedy: `Write "- ${example}".`,
  schema: {
    anyOf: [
      text.schema,
      itemMap.schema,
      { type: 'array', items: { anyOf: [text.schema, itemMap.schema] } },
    ],
  },
  items: itemMap,
  read(node, spot) {
    if (node.kind === 'map' && isByNames(node))
      return mismatch(scriptItems, node, spot, byNames(node))
    if (node.kind === 'scalar' || node.kind === 'map') return present([readItem(node, spot)])
    if (node.kind !== 'list') return mismatch(scriptItems, node, spot)
    if (node.items.length > stepsMax) {
      const message = `${pathOf(spot.trail)} has ${node.items.length} steps; ${stepsMax} are allowed.`
      error(spot, node.at, message, 'Put several commands into one step.')
      return null
    }
    return present(node.items.map((each, index) => readItem(each, below(spot, index))))
  },
}

/** `scripts: { test: npm test }`: the names of steps taken for keys. */
const isByNames = ({ entries }: MapNode): boolean =>
  entries.length > 0 &&
  entries.every(({ key, value }) => value.kind === 'scalar' && own(itemKeys, key) === null)

function byNames({ entries }: MapNode): string | null {
  const [first] = entries
  if (first?.value.kind !== 'scalar') return null
  const [name, script] = [clipped(first.key, 60), clipped(oneLine(first.value.text), 60)]
  return `Write "- name: ${name}" and below it "script: ${script}".`
}

const itemKeys = { ...itemMap.table?.keys, ...itemMap.table?.elsewhere }

const present = (items: (ScriptItem | null)[]): ScriptItem[] =>
  items.filter((each) => each !== null)

function readItem(node: Node, spot: Spot): ScriptItem | null {
  if (node.kind === 'scalar') {
    const script = checkedScript(node.text, node, spot)
    return script === null ? null : { ...plainItem, name: titleOf(script), script }
  }
  if (node.kind !== 'map') {
    const remedy =
      node.kind === 'list'
        ? 'A list cannot stand in a list, by an alias neither: write its items one by one.'
        : `Write "- ${example}".`
    return mismatch({ wants: 'a script or a mapping with one', remedy }, node, spot)
  }
  const accident = accidentalMapping(node)
  if (accident !== null) {
    const message = `${pathOf(spot.trail)} is read as a mapping because of the ": " in it.`
    error(spot, node.at, message, accident)
    return null
  }
  const values = itemMap.read(node, spot)
  if (values === null || values.script === null) return null
  const written = node.entries.find((entry) => entry.key === 'script')
  const script = checkedScript(values.script, written?.value ?? node, below(spot, 'script'))
  if (script === null) return null
  return {
    name: oneLine(values.name ?? '') || titleOf(script),
    script,
    workingDirectory: values.working_directory,
    ignoreFailure: values.ignore_failure ?? false,
    testReport: values.test_report,
    when: values.when ?? noWhen,
  }
}

/** A script alone, which says nothing else. */
const plainItem = {
  workingDirectory: null,
  ignoreFailure: false,
  testReport: null,
  when: noWhen,
}

/** What to write where YAML made a mapping of `- echo "a: b"` or `- Test: npm test`. */
function accidentalMapping(node: MapNode): string | null {
  const [only, second] = node.entries
  if (only?.value.kind !== 'scalar' || second !== undefined || node.flow) return null
  const { key, value } = only
  if (/[^\w-]/.test(key)) {
    return 'If it is a command, write "- |" and the command on the next line, indented.'
  }
  if (!/^[A-Z]/.test(key)) return null
  return `Write "- name: ${clipped(key, 60)}" and below it "script: ${clipped(value.text, 60)}".`
}

function checkedScript(script: string, node: Node, spot: Spot): string | null {
  if (script.trim() === '') {
    error(spot, node.at, `${pathOf(spot.trail)} is empty.`, 'Write the commands to run.')
    return null
  }
  if (script.includes('\0')) {
    const message = `${pathOf(spot.trail)} holds a NUL byte, which no shell can run.`
    error(spot, node.at, message, 'Remove the "\\0".')
    return null
  }
  if (node.kind === 'scalar' && node.joined === 'separate') {
    const message = `${pathOf(spot.trail)} has several lines, and YAML joins them into one command.`
    const remedy = / - /.test(script)
      ? 'Let each "- " of the list begin in the same column, or write "|" in front of the lines.'
      : 'Write "|" in front, and the commands on the lines below it.'
    warning(spot, node.at, message, remedy)
  }
  return script
}

/** What a step without a name is called: its first comment or command, a shebang left out. */
function titleOf(script: string): string {
  const lines = script.split('\n').map(oneLine)
  const first = lines.find((line) => line !== '' && !line.startsWith('#!')) ?? oneLine(script)
  const title = clipped(first, titleLengthMax)
  const comment = /^#+(?!!)\s*(.*?)[\s#]*$/.exec(title)?.[1]
  return comment || title
}

/**
 * Names are shown in one line: blanks, control characters and those that turn the direction of text
 * around become one blank. Half a character (a lone surrogate) can be stored by nobody.
 */
export const oneLine = (name: string): string =>
  name
    .replace(/[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\p{Cs}/gu, '\ufffd')
    .trim()
