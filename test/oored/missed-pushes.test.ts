import { describe, expect, test } from 'vitest'
import { startOore, workflow } from '../support/oore.ts'

/** The comparison begins five seconds after the start. */
const foundWithinMs = 20_000

describe('a server that was killed', () => {
  test('builds what was pushed while it was away, once per branch, and no hook told of', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('echo built') })
    const tell = (after: string) =>
      repo.hook({ ref: 'refs/heads/main', before: '0'.repeat(40), after })
    const built = async () => {
      const { json } = await oore.api('GET', '/builds?limit=50')
      return (json.data as { branch: string; commit_sha: string }[])
        .map(({ branch, commit_sha }) => `${branch} ${commit_sha}`)
        .toSorted()
    }
    const first = repo.git.head()
    expect((await tell(first)).status).toBe(202)
    await oore.until(async () => {
      expect(await built()).toEqual([`main ${first}`])
      const { json } = await oore.api('GET', `/repositories/${repo.id}`)
      expect(json.refs_known_at).not.toBeNull()
    })

    await oore.stop('SIGKILL')
    for (const text of ['1', '2', '3']) repo.git.commit({ 'a.txt': text })
    const last = repo.git.head()
    repo.git.branch('feature/x')
    const feature = repo.git.commit({ 'b.txt': 'b' })
    await oore.start()
    const expected = [`feature/x ${feature}`, `main ${last}`, `main ${first}`].toSorted()
    await oore.until(async () => expect(await built()).toEqual(expected), foundWithinMs)

    // The hook of the last push comes after all, late.
    const late = await tell(last)
    expect(late.status).toBe(202)
    await oore.until(async () => {
      const { json } = await oore.api('GET', `/webhooks/events/${late.json.event_id}`)
      expect(json).toMatchObject({
        status: 'processed',
        reason: expect.stringContaining('is of the same commit and event'),
      })
    })
    expect(await built()).toEqual(expected)
  }, 60_000)
})
