import { resendStatus } from '../core/statuses/resend.ts'
import { showStatusReport } from '../core/statuses/show.ts'
import type { StatusReport } from '../core/statuses/status.ts'
import { paths } from '../views/paths.ts'
import { goTo, showList } from './lib/answer.ts'
import { statusReportJson } from './lib/json.ts'
import { type Call, type Route, route } from './lib/route.ts'

/** What forges were told of builds. */
export const statusReportRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/builds/:id/status-reports',
    guard: 'signed-in',
    asks: 'build.read',
    does: 'What its forge was told of a build, and when it is tried again',
    run: (call) => showStatusReport(call.ctx, call.id()),
    api: (report, call) => showReports(report, call),
  }),
  route({
    method: 'POST',
    path: '/builds/:id/status-reports/resend',
    guard: 'signed-in',
    asks: 'build.report',
    does: 'Tell its forge once more how a build stands',
    run: (call) => resendStatus(call.ctx, call.id()),
    api: (report, call) => showReports(report, call),
    page: (_, call) => goTo(paths.build(call.id())),
  }),
]

function showReports(report: StatusReport | null, call: Call) {
  const check = report?.check ?? null
  const data = report === null || check === null ? [] : [{ ...report, check }]
  return showList({ data, nextCursor: null }, statusReportJson, call)
}
