import { OoreError } from '../../lib/errors.ts'

const refNameBytesMax = 240

/**
 * A branch or tag name that git accepts, given back as it came. Such a name is still hostile text:
 * git allows `$(id)`, quotes, `;` and `<script>` in it. Throws OoreError `invalid` with the field.
 * The rules are those of git-check-ref-format(1), and no leading `-`, which git would read as an
 * option.
 */
export function checkRefName(text: string, field: 'branch' | 'tag' | 'default_branch'): string {
  const fault = faultIn(text)
  if (fault === null) return text
  const message = `${JSON.stringify(text.slice(0, 80))} is not a ${field === 'tag' ? 'tag' : 'branch'} name: ${fault}.`
  throw new OoreError('invalid', message, { fields: [{ field, message }] })
}

/**
 * A ref where a forge keeps a pull request: its newest commit, or the merge of it into its target.
 * Given back as it came. Throws OoreError `invalid` with the field `ref` for any other.
 */
export function checkPullRef(text: string): string {
  if (isPullRef(text)) return text
  const message = `${JSON.stringify(text.slice(0, 80))} is not the ref of a pull request.`
  throw new OoreError('invalid', message, { fields: [{ field: 'ref', message }] })
}

const pullRefPattern = /^refs\/(pull|merge-requests)\/[1-9]\d{0,15}\/(merge|head)$/

export const isPullRef = (text: string): boolean => pullRefPattern.test(text)

function faultIn(text: string): string | null {
  if (text === '') return 'it is empty'
  if (Buffer.byteLength(text) > refNameBytesMax) return `it is over ${refNameBytesMax} bytes long`
  if (text.startsWith('-')) return 'it begins with `-`'
  if (/\p{Cc}/u.test(text)) return 'it holds a control character'
  const forbidden = /[ ~^:?*[\\]|\.\.|@\{|\/\//.exec(text)
  if (forbidden) return `it holds \`${forbidden[0]}\``
  if (text === '@' || text === 'HEAD') return 'git keeps that name for itself'
  if (/^\/|\/$|\.$/.test(text)) return 'it begins or ends with `/`, or ends with `.`'
  if (text.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    return 'one of its parts begins with `.` or ends with `.lock`'
  }
  return null
}
