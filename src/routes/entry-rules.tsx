import { z } from 'zod'
import { roles } from '../core/access/actor.ts'
import { addEntryRule } from '../core/entry-rules/add.ts'
import { listEntryRules, showEntryRule } from '../core/entry-rules/list.ts'
import { removeEntryRule } from '../core/entry-rules/remove.ts'
import { listDoors } from '../core/sign-in/doors.ts'
import { signInProviders } from '../core/users/user.ts'
import { missing } from '../lib/wording.ts'
import { RemoveRulePage, RulesPage } from '../views/people/rules.tsx'
import { paths } from '../views/paths.ts'
import { goTo, showCreated, showList, showNothing, showPage } from './lib/answer.ts'
import { doorFields, roleIn } from './lib/door-fields.ts'
import { entryRuleJson } from './lib/people-json.ts'
import { pageOf, pageQuery } from './lib/queries.ts'
import { type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'

const newRule = z.strictObject({
  provider: z.enum(signInProviders).optional(),
  instance: z.string().max(300).optional(),
  name: z.string({ error: missing('an organization of GitHub, or a group of GitLab') }).max(500),
  role: z.enum(roles).optional(),
})

const noValues = { door: '', name: '', role: 'developer' } as const
const firstPage = { limit: 50, cursor: null }

/** Whose members may enter, for programs and on a page. */
export const entryRuleRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/sign-in/rules',
    guard: 'signed-in',
    asks: 'person.read',
    does: 'Organizations and groups whose members may enter',
    query: pageQuery,
    run: ({ ctx, query }) => listEntryRules(ctx, pageOf(query)),
    api: (page, call) => showList(page, entryRuleJson, call),
  }),
  route({
    method: 'POST',
    path: '/sign-in/rules',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Let the members of an organization or group enter',
    body: newRule,
    run: ({ ctx, body }) => addEntryRule(ctx, body),
    api: (rule) => showCreated(entryRuleJson(rule), `/api/sign-in/rules/${rule.id}`),
  }),
  route({
    method: 'DELETE',
    path: '/sign-in/rules/:id',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Take a rule away; who came in by it is signed out',
    run: (call) => removeEntryRule(call.ctx, call.id()),
    api: () => showNothing(),
  }),
  route({
    method: 'GET',
    path: '/settings/people/rules',
    guard: 'signed-in',
    asks: 'person.read',
    does: 'Organizations and groups whose members may enter',
    query: pageQuery,
    run: async ({ ctx, query }) => ({
      page: await listEntryRules(ctx, pageOf(query)),
      doors: await listDoors(ctx),
    }),
    page: ({ page, doors }, { shell, query }) =>
      showPage(
        <RulesPage
          shell={shell()}
          page={page}
          cursor={query.cursor ?? null}
          doors={doors}
          values={noValues}
          errors={[]}
        />,
      ),
  }),
  route({
    method: 'POST',
    path: '/settings/people/rules',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Let the members of an organization or group enter',
    body: newRule,
    form: ({ door = '', ...fields }) => ({ ...fields, ...doorFields(door) }),
    run: ({ ctx, body }) => addEntryRule(ctx, body),
    page: () => goTo(paths.entryRules()),
    refused: async (error, values, { ctx, shell }) => {
      const { door = '', name = '' } = values
      return showPage(
        <RulesPage
          shell={shell()}
          page={await listEntryRules(ctx, firstPage)}
          cursor={null}
          doors={await listDoors(ctx)}
          values={{ door, name, role: roleIn(values['role']) }}
          errors={told(error, values)}
        />,
      )
    },
  }),
  route({
    method: 'GET',
    path: '/settings/people/rules/:id/remove',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Asks before a rule is taken away',
    run: (call) => showEntryRule(call.ctx, call.id()),
    page: (rule, { shell }) => showPage(<RemoveRulePage shell={shell()} rule={rule} />),
  }),
  route({
    method: 'POST',
    path: '/settings/people/rules/:id/remove',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Take a rule away; who came in by it is signed out',
    run: (call) => removeEntryRule(call.ctx, call.id()),
    page: () => goTo(paths.entryRules()),
  }),
]
