import { checkTree } from './check.ts'
import { noFindings } from './findings.ts'
import { readYaml, withoutBom } from './formats/yaml.ts'
import type { Pipeline } from './pipeline.ts'
import type { Problem } from './problem.ts'

/** Nobody reads more. */
const problemsMax = 200

export type PipelineFormat = 'yaml'

/**
 * What a configuration says, and everything that is wrong with it in the order of the file. The
 * pipeline holds the workflows without an error, and is null where there are none. Never throws,
 * whatever the content.
 */
export function readPipeline(
  content: string,
  format: PipelineFormat,
): { pipeline: Pipeline | null; problems: Problem[] } {
  const findings = noFindings()
  const root = readers[format](content, findings)
  const pipeline = root === null ? null : checkTree(root, { trail: null, findings })
  return { pipeline, problems: listed(findings.problems) }
}

const readers = { yaml: readYaml }

/** In the order of the file. Of very many the errors are kept, and a last one tells the count. */
function listed(problems: Problem[]): Problem[] {
  if (problems.length <= problemsMax) return problems.toSorted(byPlace)
  const errorsFirst = problems.toSorted(
    (a, b) => severityOrder(a) - severityOrder(b) || byPlace(a, b),
  )
  const rest: Problem = {
    severity: 'warning',
    message: `${problems.length - problemsMax} more problems were found and are not listed.`,
    path: '',
    line: null,
    column: null,
    suggestion: 'Mend these first.',
    workflow: null,
  }
  return [...errorsFirst.slice(0, problemsMax).toSorted(byPlace), rest]
}

const severityOrder = ({ severity }: Problem): number => (severity === 'error' ? 0 : 1)

const byPlace = (a: Problem, b: Problem): number =>
  (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)

const excerptLengthMax = 100

/**
 * A problem for a terminal or a log: the place and the sentence, the line with a caret under the
 * place, and the remedy.
 */
export function problemText(problem: Problem, fileName: string, content: string): string {
  const { line, column, message, suggestion, severity } = problem
  const place = [fileName, line, column].filter((part) => part !== null).join(':')
  const told = [`${place}  ${severity === 'warning' ? 'warning: ' : ''}${message}`]
  const excerpt = line === null ? undefined : withoutBom(content).split(/\r?\n/)[line - 1]
  if (line !== null && excerpt !== undefined) told.push(...pointAt(excerpt, line, column ?? 1))
  if (suggestion !== null) told.push(`  ${suggestion}`)
  return told.join('\n')
}

/** The line, cut around the column where it is long, and a caret below. */
function pointAt(excerpt: string, line: number, column: number): string[] {
  const from = Math.max(0, Math.min(column - 60, excerpt.length - excerptLengthMax))
  const shown = printable(excerpt.slice(from, from + excerptLengthMax))
  const number = String(line).padStart(6)
  return [`${number} | ${shown}`, `${' '.repeat(6)} | ${' '.repeat(column - 1 - from)}^`]
}

/** One column for each unit, and nothing that moves a terminal's cursor. */
const printable = (text: string): string => text.replace(/\t/g, ' ').replace(/\p{Cc}/gu, '�')
