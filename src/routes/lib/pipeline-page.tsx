import { previewPipeline } from '../../core/pipelines/preview.ts'
import { showPipeline } from '../../core/pipelines/show.ts'
import { newestVersion } from '../../core/pipelines/store.ts'
import { listPipelineVersions } from '../../core/pipelines/versions.ts'
import { showRepository } from '../../core/repositories/find.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import type { Explained } from '../../views/pipelines/explain.tsx'
import type { EditView, PipelineView } from '../../views/pipelines/view.tsx'
import { RepositoryPage } from '../../views/repositories/page.tsx'
import { type Answer, showPage } from './answer.ts'
import { asTyped } from './configuration.ts'
import type { Call } from './route.ts'
import { inputFieldsOf } from './trigger-inputs.ts'

/** Of the history, as far as the first page of the tab shows it. */
const handful = 5

/** The Pipeline tab of the repository in the path, showing this. */
export async function showPipelinePage(
  call: Call,
  view: PipelineView,
  status = 200,
): Promise<Answer> {
  const repository = await showRepository(call.ctx, call.id())
  const content = { tab: 'pipeline' as const, view }
  const page = (
    <RepositoryPage shell={call.shell()} repository={repository} content={content} now={call.now} />
  )
  return showPage(page, status)
}

/** What is in use. A git server that is away keeps nobody from the history and the editor. */
export async function showInUse(call: Call, explained: Explained): Promise<Answer> {
  const { ctx } = call
  const id = call.id()
  const found = await showPipeline(ctx, id).catch((error: unknown) => {
    if (error instanceof OoreError && error.trouble !== 'not_found') return error
    throw error
  })
  const isTrouble = found instanceof OoreError
  return showPipelinePage(call, {
    shows: 'use',
    inForce: isTrouble ? null : found,
    trouble: isTrouble ? messageOf(found) : null,
    preview: isTrouble ? null : await previewPipeline(ctx, found),
    explained,
    versions: await listPipelineVersions(ctx, id, { limit: handful, cursor: null }),
  })
}

/** The editor, with what its text says to a check. */
export async function showEditor(
  call: Call,
  view: Omit<EditView, 'preview'>,
  status = 200,
): Promise<Answer> {
  const preview = await previewPipeline(call.ctx, view)
  return showPipelinePage(call, { shows: 'edit', ...view, preview }, status)
}

/** The editor as its form was sent, for whatever is to be said about it. */
export async function editorAsSent(
  call: Call,
  sent: Readonly<Record<string, string>>,
): Promise<Omit<EditView, 'preview'>> {
  const { content = '', branch = '', workflow = '', base_version: base = '' } = sent
  const known = /^\d{1,9}$/.test(base) ? Number(base) : null
  return {
    format: sent['format'] === 'huml' ? 'huml' : 'yaml',
    content: asTyped(content),
    baseVersion: known ?? (await newestVersion(call.ctx.db.read, call.id())),
    begunFrom: null,
    run: { branch, workflow, inputs: inputFieldsOf(sent) },
    notice: null,
    errors: [],
    conflict: null,
  }
}
