import { call, type Connection } from './client.ts'
import { printTable } from './print.ts'

type Answer = {
  forge: string
  /** Null where nothing was told yet. */
  way: 'check' | 'status' | 'comment' | null
  context?: string
  pull_request_number?: number
  status: 'waiting' | 'told' | 'given_up'
  told_at: string | null
  next_try_at: string | null
  last_error: string | null
}

/** Prints what the forge of a build was told of it, by which way and when; nothing where it has none. */
export async function printAnswers(connection: Connection, id: string): Promise<void> {
  const path = `/builds/${id}/status-reports`
  const { data } = await call<{ data: Answer[] }>(connection, 'GET', path)
  if (data.length === 0) return
  printTable(
    ['told', 'by', 'what', 'when'],
    data.map((answer) => [answer.forge, answer.way ?? '', whatOf(answer), whenOf(answer)]),
  )
}

const whatOf = ({ context, pull_request_number: number }: Answer): string =>
  context ?? `pull request ${number ?? ''}`

function whenOf({ status, told_at: toldAt, next_try_at: nextAt, last_error: why }: Answer): string {
  if (why !== null) {
    return status === 'given_up' ? `not told: ${why}` : `next try ${nextAt ?? 'soon'}: ${why}`
  }
  return toldAt ?? 'now'
}
