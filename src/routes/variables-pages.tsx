import { z } from 'zod'
import { showRepository } from '../core/repositories/find.ts'
import { listGroups, showGroup, showVariable, type VariableKey } from '../core/variables/find.ts'
import { addGroup, groupAt, removeGroup, renameGroup } from '../core/variables/groups.ts'
import { importVariables } from '../core/variables/import.ts'
import { removeVariable } from '../core/variables/remove.ts'
import { setVariable } from '../core/variables/set.ts'
import type { FieldError } from '../lib/errors.ts'
import type { Id } from '../lib/ids.ts'
import { paths } from '../views/paths.ts'
import { RepositoryPage } from '../views/repositories/page.tsx'
import {
  type RefusedForm,
  RemoveVariableGroupPage,
  VariableGroupPage,
} from '../views/variables/group.tsx'
import { VariablesPage } from '../views/variables/groups.tsx'
import {
  newVariableValues,
  VariablePage,
  type VariableValues,
} from '../views/variables/variable.tsx'
import { type Answer, goTo, showPage } from './lib/answer.ts'
import { pageOf, pageQuery } from './lib/queries.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'
import { contentCharsMax } from './variables.ts'

const text = z.string().max(500)
const value = z.string().max(contentCharsMax)
const groupBody = z.strictObject({ name: text })
const keyQuery = z.object({ environment: text.optional(), branch_pattern: text.optional() })

const newVariable = z.strictObject({
  name: text,
  value,
  secret: z.boolean(),
  protected: z.boolean(),
  environment: text.optional(),
  branch_pattern: text.optional(),
})
const changed = z.strictObject({
  value: value.optional(),
  secret: z.boolean(),
  protected: z.boolean(),
})
const imported = z.strictObject({
  content: z.string().max(contentCharsMax),
  secret: z.boolean(),
  replace: z.boolean(),
})

/** A box that is not ticked is not sent. */
const isTicked = (fields: Record<string, string>, name: string): boolean => fields[name] === 'true'

/** Browsers send every line of a text area with CR LF (HTML, 4.10.21.4). */
const asTyped = (sent: string): string => sent.replaceAll('\r\n', '\n')

const firstPage = { limit: 50, cursor: null }
const guarded = { guard: 'signed-in' } as const

/** Variables that are stored for builds, for people. */
export const variablePageRoutes = (): Route[] => [
  ...ownedBy('/settings/variables', () => null),
  ...ownedBy('/repositories/:id/variables', (call) => call.id()),
  route({
    ...guarded,
    method: 'GET',
    path: '/settings/variables/:id',
    asks: 'variable.read',
    does: 'A group with its variables',
    run: (call) => showGroup(call.ctx, call.id()),
    page: (_, call) => showGroupPage(call, {}),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/variables/:id',
    asks: 'variable.change',
    does: 'Store a variable',
    body: newVariable,
    form: (fields) => ({
      ...fields,
      value: asTyped(fields['value'] ?? ''),
      secret: isTicked(fields, 'secret'),
      protected: isTicked(fields, 'protected'),
    }),
    run: (call) => setVariable(call.ctx, call.id(), call.body),
    page: (_, call) => goTo(paths.variableGroup(call.id())),
    refused: (error, sent, call) =>
      showGroupPage(call, { refused: 'add', values: typed(sent), errors: told(error, sent) }),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/variables/:id/import',
    asks: 'variable.change',
    does: 'Store the variables of a .env file, all or none',
    body: imported,
    form: (fields) => ({
      content: asTyped(fields['content'] ?? ''),
      secret: isTicked(fields, 'secret'),
      replace: isTicked(fields, 'replace'),
    }),
    run: (call) => importVariables(call.ctx, call.id(), call.body),
    page: (_, call) => goTo(paths.variableGroup(call.id())),
    refused: (error, sent, call) =>
      showGroupPage(call, { refused: 'import', errors: told(error, sent) }),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/variables/:id/rename',
    asks: 'variable.change',
    does: 'Rename a group',
    body: groupBody,
    form: ({ group }) => ({ name: group }),
    run: (call) => renameGroup(call.ctx, call.id(), call.body.name),
    page: (_, call) => goTo(paths.variableGroup(call.id())),
    refused: (error, sent, call) => {
      const errors = told(error, { ...sent, name: '' })
      const shown = errors.map((each) => ({ ...each, field: each.field === 'name' ? 'group' : '' }))
      return showGroupPage(call, { refused: 'rename', errors: shown })
    },
  }),
  route({
    ...guarded,
    method: 'GET',
    path: '/settings/variables/:id/remove',
    asks: 'variable.change',
    does: 'Asks before a group is forgotten',
    run: (call) => showGroup(call.ctx, call.id()),
    page: ({ group }, { shell }) =>
      showPage(<RemoveVariableGroupPage shell={shell()} group={group} />),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/variables/:id/remove',
    asks: 'variable.change',
    does: 'Forget a group with all that is in it',
    run: async (call) => {
      const { group } = await showGroup(call.ctx, call.id())
      await removeGroup(call.ctx, call.id())
      return group
    },
    page: ({ repository }) => goTo(paths.variables(repository?.id ?? null)),
  }),
  route({
    ...guarded,
    method: 'GET',
    path: '/settings/variables/:id/variable/:name',
    asks: 'variable.change',
    does: 'One variable, to be changed',
    query: keyQuery,
    run: (call) => variableAt(call, call.query),
    page: ({ variable }, call) =>
      showVariablePage(call, call.query, {
        values: {
          ...newVariableValues,
          secret: variable.isSecret,
          protected: variable.isProtected,
        },
        errors: [],
      }),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/variables/:id/variable/:name',
    asks: 'variable.change',
    does: 'Change a variable; without a value the stored one stays',
    query: keyQuery,
    body: changed,
    form: (fields) => ({
      ...(fields['value'] ? { value: asTyped(fields['value']) } : {}),
      secret: isTicked(fields, 'secret'),
      protected: isTicked(fields, 'protected'),
    }),
    run: async (call) => {
      // What is not there is not made by changing it.
      await variableAt(call, call.query)
      return setVariable(call.ctx, call.id(), {
        ...call.body,
        ...call.query,
        name: call.param('name'),
      })
    },
    page: (_, call) => goTo(paths.variableGroup(call.id())),
    refused: (error, sent, call) =>
      showVariablePage(call, queryIn(call), {
        values: typed(sent),
        errors: told(error, { ...sent, value: '' }),
      }),
  }),
  route({
    ...guarded,
    method: 'POST',
    path: '/settings/variables/:id/variable/:name/remove',
    asks: 'variable.change',
    does: 'Forget a variable',
    query: keyQuery,
    run: (call) => removeVariable(call.ctx, call.id(), keyOf(call, call.query)),
    page: (_, call) => goTo(paths.variableGroup(call.id())),
  }),
]

/** The groups of the organization, or of a repository: the same at two addresses. */
function ownedBy(base: string, ownerOf: (call: Pick<Call, 'id'>) => Id | null): Route[] {
  return [
    route({
      ...guarded,
      method: 'GET',
      path: base,
      asks: 'variable.read',
      does: 'Variables that are stored for builds, and their groups',
      query: pageQuery,
      run: () => null,
      page: (_, call) =>
        showGroups(call, ownerOf(call), {
          cursor: call.query.cursor ?? null,
          name: '',
          errors: [],
        }),
    }),
    route({
      ...guarded,
      method: 'POST',
      path: base,
      asks: 'variable.change',
      does: 'Make a group of variables',
      body: groupBody,
      run: (call) =>
        addGroup(call.ctx, { ...call.body, repository_id: ownerOf(call) ?? undefined }),
      page: ({ group }) => goTo(paths.variableGroup(group.id)),
      refused: (error, sent, call) =>
        showGroups(call, ownerOf(call), {
          cursor: null,
          name: sent['name'] ?? '',
          errors: told(error, sent),
        }),
    }),
    route({
      ...guarded,
      method: 'POST',
      path: `${base}/for-all`,
      asks: 'variable.change',
      does: 'Make the place for the variables that every build gets',
      run: (call) => groupAt(call.ctx, { repository_id: ownerOf(call) ?? undefined }),
      page: (id) => goTo(paths.variableGroup(id)),
    }),
  ]
}

type Listed = { cursor: string | null; name: string; errors: readonly FieldError[] }

async function showGroups(
  call: Call,
  repositoryId: Id | null,
  { cursor, name, errors }: Listed,
): Promise<Answer> {
  const { ctx, shell, now } = call
  const repository = repositoryId === null ? null : await showRepository(ctx, repositoryId)
  const page = await listGroups(
    ctx,
    { owner: repositoryId ?? 'organization' },
    cursor === null ? firstPage : pageOf({ limit: firstPage.limit, cursor }),
  )
  const props = { shell: shell(), page, cursor, repositoryId, values: { name }, errors, now }
  return showPage(
    repository === null ? (
      <VariablesPage {...props} />
    ) : (
      <RepositoryPage
        shell={props.shell}
        repository={repository}
        content={{ tab: 'variables', groups: props }}
        now={now}
      />
    ),
  )
}

type GroupForms = {
  values?: VariableValues
  errors?: readonly FieldError[]
  refused?: RefusedForm
}

async function showGroupPage(
  call: Pick<Call, 'ctx' | 'id' | 'shell' | 'now'>,
  { values = newVariableValues, errors = [], refused = null }: GroupForms,
): Promise<Answer> {
  const detail = await showGroup(call.ctx, call.id())
  return showPage(
    <VariableGroupPage
      {...{ shell: call.shell(), detail, values, errors, refused, now: call.now }}
    />,
  )
}

const typed = (sent: Record<string, string>): VariableValues => ({
  name: sent['name'] ?? '',
  environment: sent['environment'] ?? '',
  branch_pattern: sent['branch_pattern'] ?? '',
  secret: isTicked(sent, 'secret'),
  protected: isTicked(sent, 'protected'),
})

/** A form that was refused has its query where it was sent to. */
const queryIn = ({ path }: Pick<Call, 'path'>): z.infer<typeof keyQuery> =>
  keyQuery.parse(Object.fromEntries(new URL(path, 'http://oore.invalid').searchParams))

type At = Pick<Call, 'ctx' | 'id' | 'param'>

const keyOf = (
  call: Pick<At, 'param'>,
  { environment = '', branch_pattern: branchPattern = '' }: z.infer<typeof keyQuery>,
): VariableKey => ({ name: call.param('name'), environment, branchPattern })

async function variableAt(call: At, query: z.infer<typeof keyQuery>) {
  const { group } = await showGroup(call.ctx, call.id())
  return { group, variable: await showVariable(call.ctx, group.id, keyOf(call, query)) }
}

async function showVariablePage(
  call: At & Pick<Call, 'shell'>,
  query: z.infer<typeof keyQuery>,
  form: { values: VariableValues; errors: readonly FieldError[] },
): Promise<Answer> {
  const { group, variable } = await variableAt(call, query)
  return showPage(<VariablePage shell={call.shell()} group={group} variable={variable} {...form} />)
}
