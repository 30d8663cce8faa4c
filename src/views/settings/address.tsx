import type { AddressCheck, Finding } from '../../core/health/address-check.ts'
import type { Millis } from '../../lib/clock.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { Empty } from '../ui/empty.tsx'
import { PostButton } from '../ui/form.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

type AddressPageProps = {
  shell: Shell
  address: string
  /** Null where it was not checked since the server was started. */
  check: AddressCheck | null
  now: Millis
}

/** The address that forges call, and whether they can. */
export const AddressPage = ({ shell, address, check, now }: AddressPageProps) => (
  <Page
    shell={shell}
    title="Address"
    crumbs={[{ name: 'Settings', href: paths.settings() }, { name: 'Address' }]}
  >
    <header class="page-head">
      <div class="grow">
        <h1>Address</h1>
        <p class="sub">
          Where forges deliver webhooks to, and where they send people back after a sign-in.
        </p>
      </div>
      {shell.may('connection.change') && (
        <PostButton to={paths.checkAddress()} kind={check === null ? 'primary' : 'plain'}>
          Check it now
        </PostButton>
      )}
    </header>
    <dl class="pairs">
      <dt>Address</dt>
      <dd>
        <code class="breakable">{address}</code>
        <Copy text={address} label="Copy the address" />
      </dd>
      <dt>Set by</dt>
      <dd>
        <code>OORE_BASE_URL</code>
      </dd>
    </dl>
    <section class="section" aria-labelledby="check-title">
      <div class="section-head">
        <h2 id="check-title">Can forges reach it?</h2>
        {check !== null && (
          <span class="muted">
            Checked <Ago at={check.at} now={now} />
          </span>
        )}
      </div>
      {check === null ? (
        <Empty title="Not checked since the server was started.">
          <p>The check calls this address from here, and looks for what came from outside.</p>
        </Empty>
      ) : (
        <ul class="findings">
          {check.findings.map((finding) => (
            <FindingItem finding={finding} />
          ))}
        </ul>
      )}
    </section>
  </Page>
)

const titles: Record<Finding['about'], string> = {
  scheme: 'Encryption',
  name: 'Name',
  itself: 'A call from here',
  outside: 'A call from outside',
}

const looks: Record<Finding['verdict'], { look: string; icon: IconName; word: string }> = {
  good: { look: 'success', icon: 'success', word: 'Good' },
  doubtful: { look: 'caution', icon: 'warning', word: 'Doubtful' },
  bad: { look: 'failure', icon: 'failure', word: 'Bad' },
}

function FindingItem({ finding: { about, verdict, text } }: { finding: Finding }) {
  const { look, icon, word } = looks[verdict]
  return (
    <li>
      <span class={`st ${look}`}>
        <Icon name={icon} />
        {word}
      </span>
      <div>
        <p class="finding-title">{titles[about]}</p>
        <p>
          <Theirs>{text}</Theirs>
        </p>
      </div>
    </li>
  )
}
