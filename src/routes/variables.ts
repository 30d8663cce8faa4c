import { z } from 'zod'
import { listGroups, showGroup, showVariable } from '../core/variables/find.ts'
import {
  addGroup,
  findGroupAt,
  groupAt,
  removeGroup,
  renameGroup,
} from '../core/variables/groups.ts'
import { importVariables } from '../core/variables/import.ts'
import { removeVariable } from '../core/variables/remove.ts'
import { setVariable } from '../core/variables/set.ts'
import { missing } from '../lib/wording.ts'
import { showCreated, showJson, showList, showNothing } from './lib/answer.ts'
import { pageOf, pageQuery } from './lib/queries.ts'
import { type Route, route } from './lib/route.ts'
import { groupDetailJson, variableGroupJson, variableJson } from './lib/variables-json.ts'

const text = z.string().max(500)

/** A little more than the largest file of variables that fits a group's limits. */
export const contentCharsMax = 512 * 1024

const variableFields = {
  value: z.string().max(contentCharsMax).optional(),
  environment: text.optional(),
  branch_pattern: text.optional(),
  secret: z.boolean().optional(),
  protected: z.boolean().optional(),
}

const importFields = {
  content: z.string({ error: missing('the text of a .env file') }).max(contentCharsMax),
  environment: text.optional(),
  branch_pattern: text.optional(),
  secret: z.boolean().optional(),
  protected: z.boolean().optional(),
  replace: z.boolean().optional(),
}

/** Where a variable is told by names: `oore secret` knows no ids. */
const place = { repository_id: text.optional(), group: text.optional() }

const keyQuery = z.object({ environment: text.optional(), branch_pattern: text.optional() })
const groupsQuery = pageQuery.extend({
  repository_id: text.optional(),
  owner: z.literal('organization').optional(),
})

const keyOf = (
  name: string,
  { environment = '', branch_pattern: branchPattern = '' }: z.infer<typeof keyQuery>,
) => ({ name, environment, branchPattern })

/** Variables that are stored for builds, and their groups, for programs. */
export const variableRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/variable-groups',
    guard: 'signed-in',
    asks: 'variable.read',
    does: 'Groups of variables; the one without a name is for every build',
    query: groupsQuery,
    run: ({ ctx, query }) =>
      listGroups(ctx, { owner: query.repository_id ?? query.owner ?? null }, pageOf(query)),
    api: (page, call) => showList(page, variableGroupJson, call),
  }),
  route({
    method: 'POST',
    path: '/variable-groups',
    guard: 'signed-in',
    asks: 'variable.change',
    does: 'Make a group, of the organization or of a repository',
    body: z.strictObject({ name: text, repository_id: text.optional() }),
    run: ({ ctx, body }) => addGroup(ctx, body),
    api: (detail) =>
      showCreated(groupDetailJson(detail), `/api/variable-groups/${detail.group.id}`),
  }),
  route({
    method: 'GET',
    path: '/variable-groups/:id',
    guard: 'signed-in',
    asks: 'variable.read',
    does: 'A group with its variables; the values of secrets are not shown',
    run: (call) => showGroup(call.ctx, call.id()),
    api: (detail) => showJson(groupDetailJson(detail)),
  }),
  route({
    method: 'PATCH',
    path: '/variable-groups/:id',
    guard: 'signed-in',
    asks: 'variable.change',
    does: 'Rename a group',
    body: z.strictObject({ name: text }),
    run: (call) => renameGroup(call.ctx, call.id(), call.body.name),
    api: (detail) => showJson(groupDetailJson(detail)),
  }),
  route({
    method: 'DELETE',
    path: '/variable-groups/:id',
    guard: 'signed-in',
    asks: 'variable.change',
    does: 'Forget a group with all that is in it',
    run: (call) => removeGroup(call.ctx, call.id()),
    api: () => showNothing(),
  }),
  route({
    method: 'POST',
    path: '/variable-groups/:id/import',
    guard: 'signed-in',
    asks: 'variable.change',
    does: 'Store the variables of a .env file, all or none',
    body: z.strictObject(importFields),
    run: (call) => importVariables(call.ctx, call.id(), call.body),
    api: (detail) => showJson(groupDetailJson(detail)),
  }),
  route({
    method: 'GET',
    path: '/variable-groups/:id/variables/:name',
    guard: 'signed-in',
    asks: 'variable.read',
    does: 'One variable; the value of a secret is not shown',
    query: keyQuery,
    run: (call) => showVariable(call.ctx, call.id(), keyOf(call.param('name'), call.query)),
    api: (variable) => showJson(variableJson(variable)),
  }),
  route({
    method: 'PUT',
    path: '/variable-groups/:id/variables/:name',
    guard: 'signed-in',
    asks: 'variable.change',
    does: 'Store a variable, secret unless said otherwise; without a value the stored one stays',
    body: z.strictObject(variableFields),
    run: (call) => setVariable(call.ctx, call.id(), { ...call.body, name: call.param('name') }),
    api: (variable) => showJson(variableJson(variable)),
  }),
  route({
    method: 'DELETE',
    path: '/variable-groups/:id/variables/:name',
    guard: 'signed-in',
    asks: 'variable.change',
    does: 'Forget a variable',
    query: keyQuery,
    run: (call) => removeVariable(call.ctx, call.id(), keyOf(call.param('name'), call.query)),
    api: () => showNothing(),
  }),
  route({
    method: 'PUT',
    path: '/variables/:name',
    guard: 'signed-in',
    asks: 'variable.change',
    does: 'Store a variable by the name of its group; without one it is for every build',
    body: z.strictObject({ ...variableFields, ...place }),
    run: async ({ ctx, body: { repository_id, group, ...fields }, param }) =>
      setVariable(ctx, await groupAt(ctx, { repository_id, group }), {
        ...fields,
        name: param('name'),
      }),
    api: (variable) => showJson(variableJson(variable)),
  }),
  route({
    method: 'DELETE',
    path: '/variables/:name',
    guard: 'signed-in',
    asks: 'variable.change',
    does: 'Forget a variable by the name of its group',
    query: keyQuery.extend(place),
    run: async ({ ctx, query, param }) =>
      removeVariable(ctx, await findGroupAt(ctx, query), keyOf(param('name'), query)),
    api: () => showNothing(),
  }),
  route({
    method: 'POST',
    path: '/variables',
    guard: 'signed-in',
    asks: 'variable.change',
    does: 'Store the variables of a .env file by the name of their group, all or none',
    body: z.strictObject({ ...importFields, ...place }),
    run: async ({ ctx, body: { repository_id, group, ...fields } }) =>
      importVariables(ctx, await groupAt(ctx, { repository_id, group }), fields),
    api: (detail) => showJson(groupDetailJson(detail)),
  }),
]
