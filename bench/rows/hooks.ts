import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { register } from '../support/builds.ts'
import { type Figure, perSecond } from '../support/figures.ts'
import { bareServer } from '../support/bare-server.ts'
import { type Call, load } from '../support/http.ts'
import { startServer } from '../support/server.ts'
import { gitRepository, scratch, workflow } from '../support/shell.ts'

const deliveries = 6000
const atOnce = 8
const aim = 1500
const secret = 'bench-secret-of-the-webhook'

// Pushes to main start nothing, so that what is measured is taking in, not building.
const pipeline = `${workflow(['true'])}    triggering:
      events: [push]
      branch_patterns:
        - pattern: release/*
`

/** Signed pushes, eight at a time, each another commit: how many are stored in a second. */
export async function hooks(): Promise<Figure[]> {
  using place = scratch()
  await using bare = await bareServer(0, join(place.dir, 'deliveries'), secret)
  const limit = await load(bare.url, {
    connections: atOnce,
    count: deliveries,
    next: delivery('/'),
  })

  await using server = await startServer(place.dir)
  const repository = gitRepository(place.dir, { 'oore.yaml': pipeline })
  const id = await register(server, repository, { webhook_secret: secret })
  await server.api('PUT', `/api/repositories/${id}/pipeline`, { format: 'yaml', content: pipeline })
  const next = delivery(`/api/webhooks/git/${id}`)
  const taken = await load(server.url, { connections: atOnce, count: deliveries, next })

  const accepted = taken.statuses.get(202) ?? 0
  const others = [...taken.statuses].filter(([status]) => status !== 202)
  const refused = others.map(([status, count]) => `, ${count} × ${status}`).join('')
  return [
    {
      what: 'signed hooks stored, 8 at a time',
      measured: `${perSecond((taken.perSecond * accepted) / deliveries)}${refused || ', none refused'}`,
      limit: `${perSecond(limit.perSecond)}  bare Node, append to a file`,
      aim: `≥ ${aim} /s, none refused`,
      reached: taken.perSecond >= aim && accepted === deliveries,
    },
  ]
}

function delivery(path: string): (at: number) => Call {
  return (at) => {
    const [before, after] = [at + 1, at + 2].map((n) => n.toString(16).padStart(40, '0'))
    const body = JSON.stringify({ ref: 'refs/heads/main', before, after })
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const headers = {
      'content-type': 'application/json',
      'x-oore-signature-256': `sha256=${signature}`,
    }
    return { method: 'POST', path, headers, body }
  }
}
