import { checkTree } from './check.ts'
import { noFindings } from './findings.ts'
import { readHuml } from './formats/huml.ts'
import { withoutBom } from './formats/text.ts'
import { readYaml } from './formats/yaml.ts'
import type { InputValues, Pipeline } from './pipeline.ts'
import { withExcerpts, type Problem } from './problem.ts'

/** Nobody reads more. */
const problemsMax = 200

/** `huml` is HUML 0.2.0 and the brace form alike: a file shows which of them it is. */
export type PipelineFormat = 'yaml' | 'huml'

/** Values for `${{ inputs.… }}`, by the id of the workflow: those given win over defaults. */
export type ReadOptions = { inputs?: Record<string, InputValues> }

/**
 * What a configuration says, and everything that is wrong with it in the order of the file. The
 * pipeline holds the workflows without an error, and is null where there are none. Never throws,
 * whatever the content.
 */
export function readPipeline(
  content: string,
  format: PipelineFormat,
  { inputs = {} }: ReadOptions = {},
): { pipeline: Pipeline | null; problems: Problem[] } {
  const findings = noFindings()
  const root = readers[format](content, findings)
  const pipeline = root === null ? null : checkTree(root, { trail: null, findings }, inputs)
  const problems = listed(findings.problems, findings.unkept)
  return { pipeline, problems: withExcerpts(problems, withoutBom(content)) }
}

const readers = { yaml: readYaml, huml: readHuml }

/** In the order of the file. Of very many the errors are kept, and a last one tells the count. */
function listed(problems: Problem[], unkept: number): Problem[] {
  if (problems.length <= problemsMax) return problems.toSorted(byPlace)
  const errorsFirst = problems.toSorted(
    (a, b) => severityOrder(a) - severityOrder(b) || byPlace(a, b),
  )
  const rest: Problem = {
    severity: 'warning',
    message: `${problems.length - problemsMax + unkept} more problems were found and are not listed.`,
    path: '',
    line: null,
    column: null,
    excerpt: null,
    suggestion: 'Mend these first.',
    workflow: null,
  }
  return [...errorsFirst.slice(0, problemsMax).toSorted(byPlace), rest]
}

const severityOrder = ({ severity }: Problem): number => (severity === 'error' ? 0 : 1)

const byPlace = (a: Problem, b: Problem): number =>
  (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
