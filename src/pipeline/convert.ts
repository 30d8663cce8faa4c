import { noFindings, type Findings } from './findings.ts'
import type { Comment } from './formats/comments.ts'
import { readHuml, readHumlWithComments } from './formats/huml.ts'
import { writeHuml } from './formats/huml/write.ts'
import { notesOf, type Notes } from './formats/notes.ts'
import { withoutBom } from './formats/text.ts'
import { readYaml } from './formats/yaml.ts'
import { commentsOfYaml } from './formats/yaml/comments.ts'
import { writeYaml } from './formats/yaml/write.ts'
import { withExcerpts, type Problem } from './problem.ts'
import type { PipelineFormat } from './read.ts'
import type { Entry, MapNode, Node } from './tree.ts'

/**
 * A configuration in the other format, or why it cannot be converted. It need not be right, only
 * readable. The brace form is read as HUML and becomes YAML; HUML is written as HUML 0.2.0.
 *
 * Every value, its type and the order of keys stay, and comments where the format has a place for
 * them. What HUML has no word for is written out (aliases, merged keys); `definitions` that only
 * hold what was written out are left out, and a comment at the top says so. What is in the format
 * already is given back as it is.
 */
export function convertPipeline(
  content: string,
  from: PipelineFormat,
  to: PipelineFormat,
): { content: string } | { problems: Problem[] } {
  if (from === to) return { content }
  const findings = noFindings()
  const source = sources[from](content, findings)
  const errors = findings.problems.filter(({ severity }) => severity === 'error')
  if (source === null || errors.length > 0) {
    return { problems: withExcerpts(findings.problems, withoutBom(content)) }
  }
  if (source.root.kind === 'null' && source.root.text === '') return refused(['The file is empty.'])
  const text = withoutBom(content).replaceAll('\r\n', '\n')
  const notes = notesOf(source.root, source.comments, text)
  const converted = to === 'yaml' ? writeYaml(source.root, notes, []) : toHuml(source.root, notes)
  if (converted === null) {
    return refused(['With its aliases written out the file has more than 128 KiB.'])
  }
  const again = noFindings()
  readers[to](converted, again)
  const faults = again.problems.filter(({ severity }) => severity === 'error')
  return faults.length === 0
    ? { content: converted }
    : refused(faults.map(({ message }) => message))
}

type Source = { root: Node; comments: Comment[] }

const sources: Record<PipelineFormat, (content: string, findings: Findings) => Source | null> = {
  yaml(content, findings) {
    const root = readYaml(content, findings)
    const text = withoutBom(content).replaceAll('\r\n', '\n')
    return root && { root, comments: commentsOfYaml(text) }
  },
  huml: readHumlWithComments,
}

const readers = { yaml: readYaml, huml: readHuml }

const refused = (reasons: string[]): { problems: Problem[] } => ({
  problems: reasons.map((reason) => ({
    severity: 'error',
    message: `The file cannot be converted: ${reason}`,
    path: '',
    line: null,
    column: null,
    excerpt: null,
    suggestion: null,
    workflow: null,
  })),
})

const droppedNote = [
  ' "definitions" of the YAML file is left out: HUML has no anchors, and what its aliases named',
  ' is written out where it was used.',
]

function toHuml(root: Node, notes: Notes): string | null {
  const definitions = root.kind === 'map' ? definitionsForAnchors(root) : null
  if (root.kind !== 'map' || definitions === null) return writeHuml(root, notes, [])
  const entries = root.entries.filter((entry) => entry !== definitions)
  const header = [...notes.before(definitions.at).comments, ...droppedNote]
  return writeHuml({ ...root, entries }, notes, header)
}

/** The entry `definitions`, where something else in the file is a part of it. */
function definitionsForAnchors(root: MapNode): Entry | null {
  const definitions = root.entries.find(({ key }) => key === 'definitions')
  if (definitions === undefined) return null
  const inside = partsOf([definitions.value])
  const others = root.entries.filter((entry) => entry !== definitions).map(({ value }) => value)
  return [...partsOf(others)].some((part) => inside.has(part)) ? definitions : null
}

/** All nodes and entries below some nodes, each once however often it is named. */
function partsOf(nodes: Node[]): Set<Node | Entry> {
  const parts = new Set<Node | Entry>()
  const open = [...nodes]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (parts.has(node)) continue
    parts.add(node)
    if (node.kind === 'list') open.push(...node.items)
    if (node.kind !== 'map') continue
    for (const entry of node.entries) {
      parts.add(entry)
      open.push(entry.value)
    }
  }
  return parts
}
