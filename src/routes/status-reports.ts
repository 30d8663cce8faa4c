import { resendStatus } from '../core/statuses/resend.ts'
import { showStatusReport } from '../core/statuses/show.ts'
import { resendComment } from '../core/comments/resend.ts'
import type { Answers } from '../core/statuses/status.ts'
import { paths } from '../views/paths.ts'
import { goTo, showList } from './lib/answer.ts'
import { commentReportJson, statusReportJson } from './lib/json.ts'
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
    api: (answers, call) => showReports(answers, call),
  }),
  route({
    method: 'POST',
    path: '/builds/:id/status-reports/resend',
    guard: 'signed-in',
    asks: 'build.report',
    does: 'Tell its forge once more how a build stands',
    run: (call) => resendStatus(call.ctx, call.id()),
    api: (answers, call) => showReports(answers, call),
    page: (_, call) => goTo(paths.build(call.id())),
  }),
  route({
    method: 'POST',
    path: '/builds/:id/comment/resend',
    guard: 'signed-in',
    asks: 'build.report',
    does: 'Write the comment of a build’s pull request once more',
    run: (call) => resendComment(call.ctx, call.id()),
    api: (answers, call) => showReports(answers, call),
    page: (_, call) => goTo(paths.build(call.id())),
  }),
]

/** One list of all ways: a build is told of by a check or a status, and by a comment. */
function showReports({ report, comment }: Answers, call: Call) {
  const check = report?.check ?? null
  const data = [
    ...(report === null || check === null ? [] : [statusReportJson({ ...report, check })]),
    ...(report === null || comment === null ? [] : [commentReportJson(report.forge, comment)]),
  ]
  return showList({ data, nextCursor: null }, (each) => each, call)
}
