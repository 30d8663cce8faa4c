import { OoreError, type FieldError } from '../../lib/errors.ts'
import { fillInputs } from '../../pipeline/inputs.ts'
import type { InputValues, Workflow } from '../../pipeline/pipeline.ts'
import type { Ctx } from '../ctx.ts'
import type { FoundPipeline } from './find.ts'

/**
 * The workflows with the values given put in for `${{ inputs.… }}`, and checked again as they then
 * read. A value goes to each of them that asks for it. Throws OoreError `invalid` with the field
 * `inputs.<id>` for a value that is missing, wrong or asked for by none.
 */
export async function workflowsWithInputs(
  ctx: Ctx,
  found: FoundPipeline,
  workflows: readonly Workflow[],
  given: Readonly<Record<string, unknown>>,
): Promise<Workflow[]> {
  const asked = new Set(workflows.flatMap(({ inputs }) => inputs.map(({ id }) => id)))
  const inputs: Record<string, InputValues> = {}
  const faults: FieldError[] = []
  for (const workflow of workflows) {
    // What another of the workflows asks for is no mistake here.
    const own = Object.entries(given).filter(
      ([id]) => !asked.has(id) || workflow.inputs.some((input) => input.id === id),
    )
    const { values, troubles } = fillInputs(workflow.inputs, Object.fromEntries(own))
    inputs[workflow.id] = values
    for (const { id, message } of troubles) faults.push({ field: `inputs.${id}`, message })
  }
  const [first] = faults
  if (first !== undefined) {
    const once = new Map(faults.map((fault) => [`${fault.field} ${fault.message}`, fault]))
    throw new OoreError('invalid', `${first.field} ${first.message.replace(/\.$/, '')}.`, {
      fields: [...once.values()],
    })
  }
  if (asked.size === 0) return [...workflows]
  const { pipeline, problems } = await ctx.reader.read(found.content, found.format, { inputs })
  const ids = workflows.map(({ id }) => id)
  const errors = problems.filter(
    ({ severity, workflow }) =>
      severity === 'error' && (workflow === null || ids.includes(workflow)),
  )
  if (errors.length > 0) {
    throw new OoreError('invalid', 'With these inputs the configuration has errors.', {
      fields: errors.map(({ message, line }) => ({
        field: 'inputs',
        message: line === null ? message : `line ${line}: ${message}`,
      })),
    })
  }
  return (pipeline?.workflows ?? []).filter(({ id }) => ids.includes(id))
}
