import type { GroupDetail } from '../../core/variables/find.ts'
import type { StoredVariable, VariableGroup } from '../../core/variables/variable.ts'
import { days, hours } from '../../lib/clock.ts'
import type { Shell } from '../layout/shell.ts'
import { RepositoryPage } from '../repositories/page.tsx'
import { RemoveVariableGroupPage, VariableGroupPage } from '../variables/group.tsx'
import { VariablesPage } from '../variables/groups.tsx'
import { newVariableValues, VariablePage } from '../variables/variable.tsx'
import { id, now, repository } from './builds.ts'
import { type Entry, entry } from './entry.ts'

const group = (number: number, name: string, variableCount: number): VariableGroup => ({
  id: id(number),
  name,
  repository: null,
  variableCount,
  createdBy: 'Ada',
  createdAt: now - days(20),
  updatedAt: now - days(2),
})

const groups = [
  group(851, '', 3),
  group(852, 'google_play', 2),
  group(853, 'a group with a name that somebody took very seriously indeed', 12),
]

const variable = (name: string, changes: Partial<StoredVariable> = {}): StoredVariable => ({
  id: id(860),
  groupId: groups[1]!.id,
  name,
  environment: '',
  branchPattern: '',
  isSecret: true,
  isProtected: true,
  value: null,
  maskWarning: null,
  lastUsed: { buildId: id(214), at: now - hours(3) },
  updatedBy: 'Ada',
  updatedAt: now - days(2),
  ...changes,
})

const variables = [
  variable('API_TOKEN'),
  variable('API_TOKEN', { environment: 'production', branchPattern: 'release/*', lastUsed: null }),
  variable('FLAVOR', {
    isSecret: false,
    isProtected: false,
    value: 'a plain value that everybody may read',
  }),
  variable('PIN', {
    maskWarning:
      'It has fewer than 6 characters, so logs will show it: hiding it would hide parts of other words.',
  }),
]

const detail: GroupDetail = { group: groups[1]!, variables }
const list = { cursor: null, repositoryId: null, values: { name: '' }, errors: [], now }
const one = { values: newVariableValues, errors: [], refused: null, now }

/** Variables that are stored for builds. */
export function variableEntries(at: (path: string) => Shell): Entry[] {
  const shell = at('/settings/variables')
  return [
    entry('variables', VariablesPage, {
      ...list,
      shell,
      page: { data: groups, nextCursor: 'next' },
      cursor: 'here',
    }),
    entry('variables-none', VariablesPage, {
      ...list,
      shell,
      page: { data: [], nextCursor: null },
      values: { name: '!' },
      errors: [{ field: 'name', message: 'The name is "!": write letters.' }],
    }),
    entry('repository-variables', RepositoryPage, {
      shell: at('/repositories/1/variables'),
      repository: repository(),
      content: {
        tab: 'variables',
        groups: {
          ...list,
          shell,
          repositoryId: id(1),
          page: { data: groups.slice(1), nextCursor: null },
        },
      },
      now,
    }),
    entry('variable-group', VariableGroupPage, { ...one, shell, detail }),
    entry('variable-group-none', VariableGroupPage, {
      ...one,
      shell,
      detail: { group: groups[0]!, variables: [] },
      refused: 'import',
      errors: [{ field: 'content', message: 'The content line 3 is not KEY=value.' }],
    }),
    entry('variable-group-refused', VariableGroupPage, {
      ...one,
      shell,
      detail,
      refused: 'add',
      values: { ...newVariableValues, name: '1ST' },
      errors: [{ field: 'name', message: 'The name is "1ST": write letters, digits and "_".' }],
    }),
    entry('variable', VariablePage, {
      shell,
      group: groups[1]!,
      variable: variables[3]!,
      values: newVariableValues,
      errors: [],
    }),
    entry('variable-group-remove', RemoveVariableGroupPage, { shell, group: groups[1]! }),
  ]
}
