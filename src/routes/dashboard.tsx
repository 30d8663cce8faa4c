import { z } from 'zod'
import { showOverview } from '../core/overview/show.ts'
import { DashboardPage } from '../views/dashboard/page.tsx'
import { goTo, showPage } from './lib/answer.ts'
import { type Route, route } from './lib/route.ts'
import { themeCookie } from './lib/shell.ts'
import { safeNext } from '../auth/next.ts'

const themeForm = z.object({
  theme: z.enum(['light', 'dark', 'system']),
  next: z.string().optional(),
})

/** The first page, and how pages look. */
export const dashboardRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/',
    guard: 'signed-in',
    asks: 'overview.read',
    does: 'The state of the work',
    kept: true,
    run: ({ ctx }) => showOverview(ctx),
    page: (overview, { shell, now }) =>
      showPage(<DashboardPage shell={shell()} overview={overview} now={now} />),
  }),
  route({
    method: 'POST',
    path: '/theme',
    guard: 'open',
    does: 'Choose light, dark, or what the system has',
    body: themeForm,
    run: ({ body, ctx }) => ({
      theme: body.theme,
      next: safeNext(body.next, ctx.config.baseUrl),
      isHttps: ctx.config.baseUrl.protocol === 'https:',
    }),
    page: ({ theme, next, isHttps }) => goTo(next, { 'set-cookie': themeCookie(theme, isHttps) }),
  }),
]
