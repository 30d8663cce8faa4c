import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { messageOf } from '../lib/errors.ts'
import { MiB, sizeText } from '../lib/sizes.ts'
import { CallFailed, exitCodes } from './exit.ts'

/** More than any configuration or secret has, and little enough for memory. */
const bytesMax = MiB

/** The text of a file, or of standard input for `-`. Throws CallFailed where it is no text. */
export function readText(file: string): string {
  const bytes = readSome(file, bytesMax)
  try {
    // The mark at the start belongs to the file: the reader of the configuration knows of it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new CallFailed(`${named(file)} is not text: it is not in UTF-8.`, exitCodes.failure)
  }
}

/** The bytes of a file, or of standard input for `-`. Throws CallFailed. */
export const readBytes = (file: string, most = bytesMax): Uint8Array => readSome(file, most)

/**
 * A password from a file, or from standard input for `-`: all of it but the end of its line, because
 * blanks may belong to it.
 */
export const readPassword = (file: string): string => readText(file).replace(/\r?\n$/, '')

/** Writes what only its owner may read. Throws CallFailed, also where a file is there already. */
export function writePrivate(file: string, bytes: Uint8Array | string): void {
  try {
    writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new CallFailed(
      codeOf(error) === 'EEXIST'
        ? `${file} is there already. Name another file, or remove that one.`
        : `${file} cannot be written: ${messageOf(error)}`,
      exitCodes.failure,
    )
  }
}

/** Writes a text to a file, over what is there. Throws CallFailed where that fails. */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new CallFailed(`${file} cannot be written: ${messageOf(error)}`, exitCodes.failure)
  }
}

/** A secret from a file, or from standard input for `-`, without the line's end. */
export const readSecret = (file: string): string => readText(file).trim()

function unreadable(file: string, error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT') return `There is no file ${file}.`
  if (code === 'EISDIR') return `${file} is a directory, not a file.`
  return `${named(file)} cannot be read: ${messageOf(error)}`
}

/** Not readFileSync: devices and pipes have no size that could be asked first. */
function readSome(file: string, most: number): Uint8Array {
  const bytes = Buffer.alloc(most + 1)
  let length = 0
  try {
    const from = file === '-' ? 0 : openSync(file, 'r')
    for (let more = -1; more !== 0 && length < bytes.length; length += more) {
      more = readPatiently(from, bytes, length)
    }
    closeSync(from)
  } catch (error) {
    throw new CallFailed(unreadable(file, error), exitCodes.failure)
  }
  if (length > most) {
    throw new CallFailed(`${named(file)} is larger than ${sizeText(most)}.`, exitCodes.failure)
  }
  return bytes.subarray(0, length)
}

/**
 * Reads what there is, and waits for it: whoever shares a pipe may have set it not to block, as Node
 * itself does when it is asked whether it stands at a terminal.
 */
function readPatiently(from: number, bytes: Buffer, at: number): number {
  for (;;) {
    try {
      return readSync(from, bytes, at, bytes.length - at, null)
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    }
  }
}

/** Between two looks at a pipe that has nothing yet. */
const pauseMs = 10

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : null

const named = (file: string): string => (file === '-' ? 'Standard input' : file)
