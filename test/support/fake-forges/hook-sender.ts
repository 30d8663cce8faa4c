/** How long GitHub and GitLab.com wait for an answer to a delivery. */
const answerMs = 10_000

export type Sent = {
  /** What came back; 0 where nothing did. */
  statusCode: number
  /** In GitHub's words: `OK`, `Invalid HTTP Response: 503`, `failed to connect to host`. */
  status: string
  durationSeconds: number
  headers: Record<string, string>
  body: string
}

/** Posts a delivery to its receiver. Never throws: what went wrong is in the answer. */
export async function sendHook(
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<Sent> {
  const began = performance.now()
  const durationSeconds = () => Math.round((performance.now() - began) / 10) / 100
  try {
    const signal = AbortSignal.timeout(answerMs)
    const answer = await fetch(url, { method: 'POST', redirect: 'manual', headers, body, signal })
    return {
      statusCode: answer.status,
      status: answer.ok ? 'OK' : `Invalid HTTP Response: ${answer.status}`,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
      durationSeconds: durationSeconds(),
    }
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    return {
      statusCode: isLate ? 504 : 502,
      status: isLate ? 'timed out' : 'failed to connect to host',
      headers: {},
      body: '',
      durationSeconds: durationSeconds(),
    }
  }
}
