import { type Problem, problemText } from '../pipeline/problem.ts'

/** Every problem with its place, excerpt and remedy, a blank line after each. */
export function printProblems(
  problems: readonly Problem[],
  file: string,
  to: NodeJS.WritableStream = process.stdout,
): void {
  for (const problem of problems) to.write(`${problemText(problem, file)}\n\n`)
}

export const isError = ({ severity }: Problem): boolean => severity === 'error'
