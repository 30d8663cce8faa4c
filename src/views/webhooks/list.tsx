import { type Delivery, deliveryStatuses } from '../../core/deliveries/delivery.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import type { RepositoryName } from '../builds/filters.tsx'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { type DeliveryFilters, paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { Button, ButtonLink } from '../ui/form.tsx'
import { Live } from '../ui/live.tsx'
import { Pager } from '../ui/pager.tsx'
import { deliveryWord } from '../ui/status.tsx'
import { DeliveryRows } from './rows.tsx'

type WebhooksPageProps = {
  shell: Shell
  page: PageOf<Delivery>
  filters: DeliveryFilters
  /** The cursor this page was asked with; null on the first. */
  cursor?: string | null
  repositories: RepositoryName[]
  now: Millis
}

/** Every webhook call that came, and what became of it. */
export const WebhooksPage = ({
  shell,
  page,
  filters,
  cursor,
  repositories,
  now,
}: WebhooksPageProps) => (
  <Page shell={shell} title="Webhooks">
    <header class="page-head">
      <div class="grow">
        <h1>Webhooks</h1>
        <p class="sub">Each call from a git server: what came, and why it was or was not built.</p>
      </div>
    </header>
    <DeliveryFilterForm filters={filters} repositories={repositories} />
    <Live id="deliveries" path={shell.path} lively={page.data.some(isBeingRead)}>
      {page.data.length > 0 ? (
        <DeliveryRows deliveries={page.data} now={now} />
      ) : isFiltered(filters) ? (
        <Empty title="No delivery matches these filters.">
          <ButtonLink href={paths.webhooks()}>Clear the filters</ButtonLink>
        </Empty>
      ) : (
        <Empty title="Nothing has arrived yet.">
          <p>A repository’s overview says how its webhook is set up, and where it delivers to.</p>
          <ButtonLink href={paths.repositories()}>Choose a repository</ButtonLink>
        </Empty>
      )}
      <Pager
        older={page.nextCursor === null ? null : paths.webhooks(filters, page.nextCursor)}
        newest={cursor == null ? null : paths.webhooks(filters)}
      />
    </Live>
  </Page>
)

type DeliveryFilterFormProps = { filters: DeliveryFilters; repositories: RepositoryName[] }

const DeliveryFilterForm = ({ filters, repositories }: DeliveryFilterFormProps) => (
  <search>
    <form class="filters" method="get" action={paths.webhooks()} data-tidy="">
      <div class="filters-main">
        <SelectField
          name="status"
          label="Verdict"
          value={filters.status ?? ''}
          options={[
            { value: '', label: 'Any' },
            ...deliveryStatuses.map((value) => ({ value, label: deliveryWord(value) })),
          ]}
        />
        <SelectField
          name="repository"
          label="Repository"
          value={filters.repository ?? ''}
          options={[
            { value: '', label: 'Any' },
            ...repositories.map(({ id, fullName }) => ({ value: id, label: fullName })),
          ]}
        />
        <TextField name="event" label="Event" value={filters.event ?? ''} placeholder="push" mono />
        <Button>Filter</Button>
        {isFiltered(filters) && <ButtonLink href={paths.webhooks()}>Clear</ButtonLink>}
      </div>
    </form>
  </search>
)

const isFiltered = (filters: DeliveryFilters): boolean =>
  Object.values(filters).some((value) => value !== null)

const isBeingRead = (delivery: Delivery): boolean => delivery.status === 'received'
