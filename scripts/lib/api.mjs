/* The part of the HTTP API that the scripts use, and the fields they read of its answers. */

/** @typedef {{ url: string, token: string }} Address */
/** @typedef {{ id: string, full_name: string, clone_url: string }} Repository */
/**
 * @typedef {{ id: string, number: number, workflow: string, status: string,
 *   error_message: string | null, duration_ms: number | null }} Build
 */
/** @typedef {{ name: string, url: string }} Artifact */

/**
 * One call. Returns the parsed answer; throws with the server's own sentence where it refuses.
 * @template [T=any]
 * @param {Address} server @param {string} method @param {string} path @param {object} [body]
 * @returns {Promise<T>}
 */
export async function call(server, method, path, body) {
  const answer = await fetch(new URL(path, server.url), {
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path} was refused: ${await sentenceOf(answer)}`)
  return /** @type {T} */ (await answer.json())
}

/** An answer whose body is read as it comes. @param {Address} server @param {string} path */
export async function open(server, path) {
  const headers = { authorization: `Bearer ${server.token}` }
  const answer = await fetch(new URL(path, server.url), { headers })
  if (!answer.ok || answer.body === null) {
    throw new Error(`GET ${path} was refused: ${await sentenceOf(answer)}`)
  }
  return answer.body
}

const finished = new Set(['success', 'failure', 'cancelled', 'skipped'])

/** @param {Build} build */
export const isFinished = (build) => finished.has(build.status)

/** @param {Response} answer */
async function sentenceOf(answer) {
  const text = await answer.text()
  try {
    const { detail, title, errors = [] } = JSON.parse(text)
    const fields = errors.map(
      (/** @type {{ field: string, message: string }} */ { field, message }) =>
        `\n  ${field}: ${message}`,
    )
    return `${detail ?? title}${fields.join('')}`
  } catch {
    return `${answer.status} ${text.slice(0, 200)}`
  }
}
