import type { GroupDetail } from '../../core/variables/find.ts'
import type { StoredVariable, VariableGroup } from '../../core/variables/variable.ts'
import { isoTime, isoTimeOrNull } from '../../lib/clock.ts'

/** A group as the API shows it. The one without a name is for every build. */
export const variableGroupJson = (group: VariableGroup) => ({
  id: group.id,
  name: group.name,
  repository_id: group.repository?.id ?? null,
  repository: group.repository?.fullName ?? null,
  variable_count: group.variableCount,
  created_by: group.createdBy,
  created_at: isoTime(group.createdAt),
  updated_at: isoTime(group.updatedAt),
})

export const groupDetailJson = ({ group, variables }: GroupDetail) => ({
  ...variableGroupJson(group),
  variables: variables.map(variableJson),
})

/** A variable as the API shows it: a secret's value is null, to everyone and for ever. */
export const variableJson = (variable: StoredVariable) => ({
  name: variable.name,
  environment: variable.environment,
  branch_pattern: variable.branchPattern,
  secret: variable.isSecret,
  protected: variable.isProtected,
  value: variable.value,
  mask_warning: variable.maskWarning,
  last_used_at: isoTimeOrNull(variable.lastUsed?.at ?? null),
  last_used_build_id: variable.lastUsed?.buildId ?? null,
  updated_by: variable.updatedBy,
  updated_at: isoTime(variable.updatedAt),
})
