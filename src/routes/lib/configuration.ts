import { z } from 'zod'
import { KiB } from '../../lib/sizes.ts'
import { missing } from '../../lib/wording.ts'
import { inputFieldsOf, inputLengthMax, withoutInputs } from './trigger-inputs.ts'

/* What is sent about configurations: the same for forms and for the API. */

// The parser's own limit is 128 KiB; what is longer is refused there, in words.
export const contentLengthMax = 512 * KiB

export const format = z.enum(['yaml', 'huml'], 'must be "yaml" or "huml"')
const content = z.string({ error: missing('the configuration as text') }).max(contentLengthMax)

export const configuration = z.strictObject({ format, content })

/**
 * A text as it was typed. Forms send each line end as CR and LF, whatever was typed
 * (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#constructing-the-form-data-set).
 */
export const asTyped = (text: string): string => text.replaceAll('\r\n', '\n')

/** With the newest version the writer knew, so that another one since is noticed; 0 for none. */
export const newVersion = configuration.extend({
  base_version: z.int('must be a whole number').min(0).optional(),
})

/** The editor's whole form. Each of its buttons uses a part of it. */
export const editorForm = z.object({
  format,
  content: content.transform(asTyped),
  base_version: z.coerce.number('must be a whole number').int().min(0).optional(),
  branch: z.string().max(300).optional(),
  workflow: z.string().max(300).optional(),
  /** By the names of their fields. */
  inputs: z.record(z.string(), z.string().max(inputLengthMax)).optional(),
})

/** The fields of the editor's form as `editorForm` reads them. */
export const editorFields = (fields: Record<string, string>): unknown => ({
  ...withoutInputs(fields),
  inputs: inputFieldsOf(fields),
})
