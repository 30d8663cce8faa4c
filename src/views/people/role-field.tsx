import { type Role, roles } from '../../core/access/actor.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Shell } from '../layout/shell.ts'
import { SelectField } from '../ui/field.tsx'
import { roleHints, roleWords } from './words.ts'

type RoleFieldProps = { shell: Shell; value: Role; errors?: readonly FieldError[]; hint?: string }

/** The roles that this reader may give. */
export const RoleField = ({ shell, value, errors = [], hint }: RoleFieldProps) => (
  <SelectField
    name="role"
    label="Role"
    value={value}
    errors={errors}
    options={roles
      .filter((role) => role !== 'owner' || value === 'owner' || shell.may('owner.change'))
      .map((role) => ({ value: role, label: `${roleWords[role]}: ${roleHints[role]}` }))}
    {...(hint === undefined ? {} : { hint })}
  />
)
