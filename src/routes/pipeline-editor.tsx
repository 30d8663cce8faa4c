import { z } from 'zod'
import { triggerBuild } from '../core/builds/trigger.ts'
import { convertPipeline } from '../core/pipelines/convert.ts'
import { type Beginning, beginEditing } from '../core/pipelines/editing.ts'
import { previewPipeline } from '../core/pipelines/preview.ts'
import { storePipeline } from '../core/pipelines/store.ts'
import { listPipelineVersions } from '../core/pipelines/versions.ts'
import { showRepository } from '../core/repositories/find.ts'
import { OoreError } from '../lib/errors.ts'
import { CheckResult } from '../views/pipelines/check.tsx'
import { paths } from '../views/paths.ts'
import { type Answer, goTo, showPage } from './lib/answer.ts'
import { configuration, editorFields, editorForm } from './lib/configuration.ts'
import { refuseWhileDraining } from './lib/draining.ts'
import { editorAsSent, showEditor, showPipelinePage } from './lib/pipeline-page.tsx'
import { type Call, type Route, route } from './lib/route.ts'
import { faultsOf, inputsIn } from './lib/trigger-inputs.ts'

const editQuery = z.object({ version: z.coerce.number().int().min(1).optional() })

/** The editor of a configuration: each of its buttons, and the check while somebody types. */
export const pipelineEditorRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/repositories/:id/pipeline/edit',
    guard: 'signed-in',
    asks: 'pipeline.store',
    does: 'The editor, with the configuration in use or the version that is named',
    query: editQuery,
    run: (call) => begin(call, call.query.version ?? null),
    page: ({ beginning, trouble }, call) =>
      showEditor(call, {
        ...beginning,
        run: { branch: '', workflow: '', inputs: {} },
        notice: trouble === null ? null : { kind: 'warning', text: trouble },
        errors: [],
        conflict: null,
      }),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline',
    guard: 'signed-in',
    asks: 'pipeline.store',
    does: 'Store a configuration from the editor',
    body: editorForm,
    form: editorFields,
    run: ({ ctx, id, body: { format, content, base_version: baseVersion } }) =>
      storePipeline(ctx, id(), { format, content, baseVersion }),
    page: (stored) => goTo(paths.repository(stored.repositoryId, 'pipeline')),
    refused: (error, sent, call) =>
      error.trouble === 'conflict' ? showConflict(sent, call) : showRefused(error, sent, call),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline/validate',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'Check a configuration from the editor',
    body: editorForm,
    form: editorFields,
    run: ({ ctx, body }) => previewPipeline(ctx, body),
    page: async ({ valid }, call) => {
      const view = await editorAsSent(call, sentIn(call))
      const text = valid
        ? 'Valid. Nothing was stored yet.'
        : 'This configuration cannot be used yet. Nothing was stored.'
      const notice = { kind: valid ? ('success' as const) : ('error' as const), text }
      return showEditor(call, { ...view, notice }, valid ? 200 : 422)
    },
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline/check',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'What a check says of a text that is being written, as a part of the editor',
    body: configuration,
    run: async ({ ctx, id, body }) => {
      await showRepository(ctx, id())
      return previewPipeline(ctx, body)
    },
    page: (preview, call) => {
      const { format, content } = call.body as z.infer<typeof configuration>
      const part = (
        <CheckResult
          preview={preview}
          content={content}
          fileName={`oore.${format}`}
          placeHref={() => '#editor-form'}
        />
      )
      return showPage(part)
    },
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline/convert',
    guard: 'signed-in',
    asks: 'pipeline.read',
    does: 'Write what is in the editor in the other format, stored nowhere',
    body: editorForm,
    form: editorFields,
    run: ({ ctx, body: { format, content } }) =>
      convertPipeline(ctx, { from: format, to: otherThan[format], content }),
    page: async (result, call) => {
      const view = await editorAsSent(call, sentIn(call))
      if ('problems' in result) {
        const text = `It cannot be written as ${formatNames[otherThan[view.format]]} with these problems.`
        const preview = { valid: false, problems: result.problems, workflows: [] }
        const notice = { kind: 'error' as const, text }
        return showPipelinePage(call, { shows: 'edit', ...view, preview, notice }, 422)
      }
      const text =
        `This is the same configuration as ${formatNames[result.format]}, not stored yet. ` +
        'Values, their order and comments are kept; aliases and merged keys are written out. Look ' +
        'it over before you store it.'
      return showEditor(call, { ...view, ...result, notice: { kind: 'info', text } })
    },
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/pipeline/run',
    guard: 'signed-in',
    asks: 'build.trigger',
    does: 'Start a build with a configuration that is not stored',
    body: editorForm,
    form: editorFields,
    run: (call) => {
      refuseWhileDraining(call)
      const { format, content, branch, workflow, inputs: fields = {} } = call.body
      const inputs = inputsIn(fields, workflow ?? '')
      const asked = { branch, workflow, inputs, configuration: { format, content } }
      return triggerBuild(call.ctx, call.id(), { ...asked, via: 'manual' })
    },
    page: (builds, call) => {
      const [first] = builds
      const isOne = first !== undefined && builds.length === 1
      return goTo(isOne ? paths.build(first.id) : paths.builds({ repository: call.id() }))
    },
    refused: showRefused,
  }),
]

/** The beginning of an edit; where the repository cannot be asked, an empty one that says so. */
async function begin(
  call: Call,
  version: number | null,
): Promise<{ beginning: Beginning; trouble: string | null }> {
  try {
    return { beginning: await beginEditing(call.ctx, call.id(), version), trouble: null }
  } catch (error) {
    if (!(error instanceof OoreError) || error.trouble === 'not_found') throw error
    const { baseVersion, format } = await editorAsSent(call, {})
    return {
      beginning: { baseVersion, format, content: '', begunFrom: null },
      trouble: `${error.message} So it begins empty.`,
    }
  }
}

/** The problems of the text stand with the text; those of other fields above the form. */
async function showRefused(
  error: OoreError,
  sent: Record<string, string>,
  call: Call,
): Promise<Answer> {
  const view = await editorAsSent(call, sent)
  const preview = await previewPipeline(call.ctx, view)
  const workflows = preview.workflows.map(({ plan, inputs }) => ({ ...plan.workflow, inputs }))
  const errors = faultsOf(error, sent, workflows).filter(({ field }) => field !== 'content')
  const elsewhere = error.fields.filter(({ field }) => !/^content(:|$)/.test(field))
  const isAboutText = elsewhere.length === 0 && error.fields.length > 0
  const notice = isAboutText ? { kind: 'error' as const, text: error.message } : null
  const seen = { ...view, preview, notice, errors: isAboutText ? [] : errors }
  return showPipelinePage(call, { shows: 'edit', ...seen })
}

/** Both are kept: what was stored meanwhile, and what is written. */
async function showConflict(sent: Record<string, string>, call: Call): Promise<Answer> {
  const view = await editorAsSent(call, sent)
  const { data } = await listPipelineVersions(call.ctx, call.id(), { limit: 1, cursor: null })
  const [newest] = data
  return showEditor(call, {
    ...view,
    // Who stores now has seen what it goes over.
    baseVersion: newest?.version ?? 0,
    conflict: newest ?? null,
  })
}

const otherThan = { yaml: 'huml', huml: 'yaml' } as const
const formatNames = { yaml: 'YAML', huml: 'HUML' } as const

/** The form's fields as text again. */
function sentIn(call: Call): Record<string, string> {
  const { base_version: base, inputs, ...sent } = call.body as z.infer<typeof editorForm>
  return {
    ...definite(sent),
    ...inputs,
    ...(base === undefined ? {} : { base_version: String(base) }),
  }
}

const definite = (fields: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
