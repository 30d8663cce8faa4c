import type { z } from 'zod'
import { type BuildTests, listTests } from '../core/tests/list.ts'
import { TestsPage } from '../views/tests/page.tsx'
import { isFinished } from '../core/builds/build.ts'
import { showList, showPage } from './lib/answer.ts'
import { testJson } from './lib/json.ts'
import { pageOf, testFiltersOf, testQuery } from './lib/queries.ts'
import { type Call, type Route, route } from './lib/route.ts'

/** What the test reports of a build say. */
export const testRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/builds/:id/tests',
    guard: 'signed-in',
    asks: 'build.read',
    does: 'The tests that the steps of a build reported, those that failed first',
    query: testQuery,
    kept: true,
    run: ({ ctx, id, query }) => listTests(ctx, id(), testFiltersOf(query), pageOf(query)),
    api: (found, call) => ({
      ...showList(found.page, (test) => testJson(test, found.steps), call),
      passing: isPassing(found),
    }),
    page: (found, call) => showTests(found, call),
  }),
]

const isPassing = ({ build }: BuildTests): boolean => !isFinished(build.status)

function showTests(found: BuildTests, { shell, query }: Call<z.infer<typeof testQuery>>) {
  const { build, steps, page } = found
  const answer = showPage(
    <TestsPage
      shell={shell()}
      build={build}
      steps={steps}
      page={page}
      filters={testFiltersOf(query)}
      cursor={query.cursor ?? null}
    />,
  )
  return { ...answer, passing: isPassing(found) }
}
