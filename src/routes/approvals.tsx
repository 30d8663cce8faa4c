import { z } from 'zod'
import type { ApprovalRequest } from '../core/approvals/approval.ts'
import { approveBuild } from '../core/approvals/approve.ts'
import { denyBuild } from '../core/approvals/deny.ts'
import { showApproval } from '../core/approvals/show.ts'
import type { OoreError } from '../lib/errors.ts'
import { ApprovalPage } from '../views/approvals/page.tsx'
import { paths } from '../views/paths.ts'
import { goTo, showJson, showPage } from './lib/answer.ts'
import { approvalRequestJson } from './lib/approval-json.ts'
import { refuseWhileDraining } from './lib/draining.ts'
import { buildJson } from './lib/json.ts'
import { type Call, type Route, route } from './lib/route.ts'

/** The commit that was looked at, whole: whoever answers says what they answer. */
const answerBody = z.strictObject({
  commit: z
    .string()
    .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be the whole SHA of the commit you looked at'),
})

/** Builds of forks: what somebody is asked, and the two answers. */
export const approvalRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/builds/:id/approval',
    guard: 'signed-in',
    asks: 'build.approve',
    does: 'What a fork’s commit would start and what it changes, for whoever may approve it',
    run: (call) => showApproval(call.ctx, call.id()),
    api: (request, call) => showJson(approvalRequestJson(request, when(call))),
    page: (request, call) => showApprovalPage(request, call, null),
  }),
  route({
    method: 'POST',
    path: '/builds/:id/approve',
    guard: 'signed-in',
    asks: 'build.approve',
    does: 'Let a fork’s commit run: every build that waits for this commit of the pull request starts',
    body: answerBody,
    run: (call) => {
      refuseWhileDraining(call)
      return approveBuild(call.ctx, call.id(), call.body)
    },
    api: (build, call) => showJson(buildJson(build, when(call))),
    page: (build) => goTo(paths.build(build.id)),
    refused: async (error, _, call) =>
      showApprovalPage(await showApproval(call.ctx, call.id()), call, error),
  }),
  route({
    method: 'POST',
    path: '/builds/:id/deny',
    guard: 'signed-in',
    asks: 'build.approve',
    does: 'End every build that waits for this commit of the pull request; nothing of it is run',
    body: answerBody,
    run: (call) => denyBuild(call.ctx, call.id(), call.body),
    api: (build, call) => showJson(buildJson(build, when(call))),
    page: (build) => goTo(paths.build(build.id)),
    refused: async (error, _, call) =>
      showApprovalPage(await showApproval(call.ctx, call.id()), call, error),
  }),
]

const when = ({ now, ctx }: Call) => ({ now, baseUrl: ctx.config.baseUrl })

function showApprovalPage(request: ApprovalRequest, call: Call, error: OoreError | null) {
  const errors = error === null ? [] : [{ field: '', message: error.message }]
  return showPage(
    <ApprovalPage shell={call.shell()} request={request} errors={errors} now={call.now} />,
  )
}
