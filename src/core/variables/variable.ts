import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'

/** A group of variables, of the whole organization or of one repository. */
export type VariableGroup = {
  id: Id
  /** Empty for the variables that every build there gets. */
  name: string
  /** Null where it is the organization's. */
  repository: { id: Id; fullName: string } | null
  variableCount: number
  createdBy: string
  createdAt: Millis
  updatedAt: Millis
}

/** A variable as people see it. */
export type StoredVariable = {
  id: Id
  groupId: Id
  name: string
  /** Only for builds of this environment; empty for all. */
  environment: string
  /** Only for builds of a branch or tag like this; empty for all. */
  branchPattern: string
  isSecret: boolean
  /** Never for builds of forks. */
  isProtected: boolean
  /** Null where it is a secret. */
  value: string | null
  maskWarning: string | null
  lastUsed: { buildId: Id; at: Millis } | null
  updatedBy: string
  updatedAt: Millis
}

export const variableNamePattern = /^[A-Za-z_][A-Za-z0-9_]*$/
export const groupNamePattern = /^[\p{L}\p{N}_][\p{L}\p{N} ._/()-]{0,99}$/u
export const environmentPattern = /^[\p{L}\p{N}_][\p{L}\p{N}._-]{0,59}$/u

/** In one group; more would make a build's environment larger than programs are started with. */
export const variablesMax = 500
export const variableNameMax = 200
/** Linux takes 128 KiB for one variable, and a few megabytes for all. */
export const valueBytesMax = 64 * 1024

/** What a group is called in sentences. */
export const groupTitle = ({ name }: Pick<VariableGroup, 'name'>): string =>
  name === '' ? 'For every build' : name
