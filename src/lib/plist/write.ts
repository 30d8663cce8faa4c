import { xmlText } from '../xml-text.ts'

/** What can be written: JSON's values, with dates and bytes. */
export type Writable =
  | string
  | number
  | boolean
  | Date
  | Uint8Array
  | readonly Writable[]
  | { readonly [key: string]: Writable | null | undefined }

/** The text of an XML property list. Keys without a value are left out. */
export const writeXmlPlist = (value: unknown): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    ...linesOf(value as Writable, ''),
    '</plist>',
    '',
  ].join('\n')

function linesOf(value: Writable, indent: string): string[] {
  if (typeof value === 'string') return [`${indent}<string>${xmlText(value)}</string>`]
  if (typeof value === 'boolean') return [`${indent}<${value}/>`]
  if (typeof value === 'number') {
    const tag = Number.isInteger(value) ? 'integer' : 'real'
    return [`${indent}<${tag}>${value}</${tag}>`]
  }
  if (value instanceof Date) {
    return [`${indent}<date>${value.toISOString().replace(/\.\d+Z$/, 'Z')}</date>`]
  }
  if (value instanceof Uint8Array) {
    return [`${indent}<data>${Buffer.from(value).toString('base64')}</data>`]
  }
  const deeper = `${indent}\t`
  if (Array.isArray(value)) {
    const items = (value as readonly Writable[]).flatMap((each) => linesOf(each, deeper))
    return [`${indent}<array>`, ...items, `${indent}</array>`]
  }
  const entries = Object.entries(value as Record<string, Writable | null | undefined>)
  const pairs = entries.flatMap(([key, each]) =>
    each === null || each === undefined
      ? []
      : [`${deeper}<key>${xmlText(key)}</key>`, ...linesOf(each, deeper)],
  )
  return [`${indent}<dict>`, ...pairs, `${indent}</dict>`]
}
