import { type Role, roles } from '../../core/access/actor.ts'

/** What a form's one field for a forge, `gitlab git.example.com`, means in the API's fields. */
export function doorFields(value: string): { provider: string; instance: string } {
  const [provider = '', instance = ''] = value.split(' ', 2)
  return { provider, instance }
}

/** The role that a form was sent with, to show it again; the least where it is none. */
export const roleIn = (value: string | undefined): Role =>
  roles.find((role) => role === value) ?? 'viewer'
