import type { HonoRequest } from 'hono'
import { MiB } from '../../lib/sizes.ts'
import { checkMediaType, formOf, jsonOf, multipartType, readBytes } from './body.ts'
import { readBody } from './input.ts'
import type { Call, Route } from './route.ts'
import { fileInJson, readMultipart, uploadField } from './upload.ts'

const bodyBytesMaxDefault = MiB

/** The bytes of a request's body, counted; a GET's is not read. */
export async function sentBody(
  route: Route,
  call: Call,
  request: HonoRequest,
): Promise<Uint8Array> {
  if (route.method === 'GET') return new Uint8Array()
  checkMediaType(request, call.face, route)
  return readBytes(request, route.bodyBytesMax ?? bodyBytesMaxDefault)
}

/** What was sent, read by the route's schema. Throws `malformed` and `invalid` with the fields. */
export async function readSent(route: Route, call: Call, sent: Uint8Array): Promise<unknown> {
  const { body, takesFile } = route
  if (body === undefined) return undefined
  if (body === 'raw') return sent
  if (isMultipart(call)) {
    const { texts, files } = await readMultipart(sent, typeOf(call))
    const fields = call.face === 'page' && route.form ? route.form(texts) : texts
    return readBody(body, { ...(fields as object), ...pick(files, uploadField) })
  }
  if (call.face !== 'page')
    return readBody(body, takesFile ? fileInJson(jsonOf(sent)) : jsonOf(sent))
  const fields = formOf(sent)
  return readBody(body, route.form ? route.form(fields) : fields)
}

const typeOf = (call: Call): string => call.header('content-type') ?? ''

/** Only where the route takes a file has it come this far. */
const isMultipart = (call: Call): boolean => typeOf(call).toLowerCase().startsWith(multipartType)

const pick = <T>(all: Record<string, T>, name: string): Record<string, T> =>
  all[name] === undefined ? {} : { [name]: all[name] }

/** What a form that is shown again can be filled with: files cannot. */
export const textsIn = async (call: Call, sent: Uint8Array): Promise<Record<string, string>> =>
  isMultipart(call) ? (await readMultipart(sent, typeOf(call))).texts : formOf(sent)
