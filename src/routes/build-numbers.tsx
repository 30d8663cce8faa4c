import { z } from 'zod'
import { listWorkflowNumbers, setWorkflowNumber } from '../core/repositories/build-numbers.ts'
import { showRepository } from '../core/repositories/find.ts'
import { missing } from '../lib/wording.ts'
import { paths } from '../views/paths.ts'
import { BuildNumbersPage } from '../views/repositories/build-numbers.tsx'
import { type Answer, goTo, showJson, showList, showPage } from './lib/answer.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'

const setBody = z.strictObject({
  workflow: z
    .string({ error: missing('the id of a workflow') })
    .min(1, 'is empty')
    .max(300),
  next: z.int('must be a whole number'),
})

/** The counters behind BUILD_NUMBER, one for each workflow. */
export const buildNumberRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/repositories/:id/build-numbers',
    guard: 'signed-in',
    asks: 'repository.read',
    does: 'The number of the next build of each workflow',
    run: (call) => listWorkflowNumbers(call.ctx, call.id()),
    api: (data, call) => showList({ data, nextCursor: null }, (each) => each, call),
    page: (_, call) => showNumbers(call, { workflow: '', next: '' }, []),
  }),
  route({
    method: 'POST',
    path: '/repositories/:id/build-numbers',
    guard: 'signed-in',
    asks: 'repository.change',
    does: 'Set the number of the next build of a workflow',
    body: setBody,
    form: ({ next, ...fields }) => ({ ...fields, next: next?.trim() ? Number(next) : NaN }),
    run: (call) => setWorkflowNumber(call.ctx, call.id(), call.body),
    api: (set) => showJson(set),
    page: (_, call) => goTo(paths.buildNumbers(call.id())),
    refused: (error, { workflow = '', next = '' }, call) =>
      showNumbers(call, { workflow, next }, told(error, { workflow, next })),
  }),
]

async function showNumbers(
  call: Call,
  values: { workflow: string; next: string },
  errors: ReturnType<typeof told>,
): Promise<Answer> {
  const page = (
    <BuildNumbersPage
      shell={call.shell()}
      repository={await showRepository(call.ctx, call.id())}
      numbers={await listWorkflowNumbers(call.ctx, call.id())}
      values={values}
      errors={errors}
    />
  )
  return showPage(page)
}
