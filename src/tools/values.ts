import { readFileSync } from 'node:fs'
import { machineVariable } from '../lib/machine-variables.ts'
import { messageOf } from '../lib/errors.ts'

/** What went wrong, for whoever wrote the script. */
export class ToolFailed extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1, options: ErrorOptions = {}) {
    super(message, options)
    this.name = 'ToolFailed'
    this.exitCode = exitCode
  }
}

/**
 * What an option means: `@env:NAME` is the value of a variable, `@file:PATH` what is in a file
 * without the end of its line, anything else is meant as it is (codemagic-cli-tools, "Documentation").
 */
export function valueOf(written: string): string {
  const variable = /^@env:(.+)$/.exec(written)?.[1]
  if (variable !== undefined) {
    const value = machineVariable(variable)
    if (value !== undefined) return value
    throw new ToolFailed(`${written}: there is no variable ${variable}.`, 2)
  }
  const file = /^@file:(.+)$/s.exec(written)?.[1]
  if (file === undefined) return written
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new ToolFailed(`${written}: ${messageOf(error)}`, 2)
  }
}

/** A line of what is done, apart from what was asked for, which scripts read. */
export const log = (line: string): void => void process.stderr.write(`${line}\n`)

/** A line of what was asked for. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`)
