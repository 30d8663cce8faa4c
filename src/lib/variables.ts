import { buildIdVariable } from './machine-variables.ts'

export type Environment = Readonly<Record<string, string>>

/** Its value is source text, with references to other variables in it. */
export type Variable = { name: string; value: string }

/**
 * Joins variables to an environment, in order; a value may refer to every variable before it as
 * `$X` or `${X}`. A reference to nothing stays as written: it may well be half of a password.
 */
export function withVariables(
  environment: Environment,
  variables: readonly Variable[],
): Record<string, string> {
  const joined: Record<string, string> = { ...environment }
  for (const { name, value } of variables) {
    if (name !== buildIdVariable) joined[name] = expand(value, joined).text
  }
  return joined
}

/** Expands `$X` and `${X}`; `missing` names the variables that do not exist and were left alone. */
export function expand(
  text: string,
  environment: Environment,
): { text: string; missing: string[] } {
  const missing: string[] = []
  const expanded = text.replace(
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g,
    (reference, bare: string | undefined, braced: string | undefined) => {
      const name = bare ?? braced ?? ''
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined
      if (value === undefined) missing.push(name)
      return value ?? reference
    },
  )
  return { text: expanded, missing }
}
