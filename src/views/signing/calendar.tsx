import type { Credential } from '../../core/credentials/credential.ts'
import { isoTime, type Millis } from '../../lib/clock.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { Pager } from '../ui/pager.tsx'
import { SigningFrame } from './frame.tsx'
import { CredentialRows } from './list.tsx'

type CalendarPageProps = {
  shell: Shell
  page: PageOf<Credential>
  cursor: string | null
  now: Millis
}

/** All that ends, month by month. */
export const CalendarPage = ({ shell, page, cursor, now }: CalendarPageProps) => (
  <SigningFrame shell={shell} tab="calendar" title="Calendar of expiries">
    {page.data.length === 0 ? (
      <Empty title="Nothing that is stored expires.">
        <p>Certificates, profiles and keystores do: what ends when is shown here.</p>
      </Empty>
    ) : (
      <>
        <p class="lead">
          30, 14 and 3 days before, and on the day itself, the dashboard says so, and the server’s
          log does.
        </p>
        {byMonth(page.data).map(([month, credentials]) => (
          <section class="section" aria-label={month}>
            <h2>{month}</h2>
            <CredentialRows credentials={credentials} now={now} caption={month} />
          </section>
        ))}
      </>
    )}
    <Pager
      older={
        page.nextCursor === null ? null : `${paths.signingCalendar()}?cursor=${page.nextCursor}`
      }
      newest={cursor === null ? null : paths.signingCalendar()}
      words={{ older: 'Later', newest: 'From the beginning' }}
    />
  </SigningFrame>
)

function byMonth(credentials: readonly Credential[]): [month: string, Credential[]][] {
  const months = new Map<string, Credential[]>()
  for (const credential of credentials) {
    const month = monthOf(credential.expiresAt ?? 0)
    months.set(month, [...(months.get(month) ?? []), credential])
  }
  return [...months]
}

const names = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
]

const monthOf = (at: Millis): string => {
  const [year, month] = isoTime(at).split('-')
  return `${names[Number(month) - 1]} ${year}`
}
