import type { FieldError } from '../../lib/errors.ts'
import { SelectField } from '../ui/field.tsx'
import type { LoginDoor } from '../session/login.tsx'

type DoorFieldProps = { doors: readonly LoginDoor[]; value: string; errors: readonly FieldError[] }

/** Which forge is meant, among those that are connected. */
export const DoorField = ({ doors, value, errors }: DoorFieldProps) => (
  <SelectField
    name="door"
    label="Forge"
    value={value}
    errors={errors}
    options={doors.map((door) => ({ value: doorValue(door), label: door.name }))}
  />
)

/** A forge as one value of a form: `gitlab git.example.com`. */
export const doorValue = ({ provider, instance }: Omit<LoginDoor, 'name'>): string =>
  `${provider} ${instance}`
