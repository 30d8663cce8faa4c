import type { Overview } from '../../core/overview/overview.ts'
import { paths } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'

/** What a fresh server still lacks, numbered, each with its one action; gone once complete. */
export const Checklist = ({
  checklist,
  mayConnect,
}: {
  checklist: Overview['checklist']
  /** Who may not connect a forge is not asked to. */
  mayConnect: boolean
}) => {
  const items = itemsOf(checklist).filter((item) => mayConnect || !item.forAdmins)
  // Connecting is one way of two: who adds repositories by hand need not.
  const next = items.findIndex((item) => !item.done && !item.isOptional)
  if (next === -1) return null
  return (
    <section class="section checklist" aria-labelledby="checklist-title">
      <h2 id="checklist-title">
        {next === 0 && !items.some((item) => item.done)
          ? 'Welcome. A few steps to the first build'
          : 'Set up'}
      </h2>
      <ol>
        {items.map((item, index) => (
          <li class={item.done ? 'done' : index === next ? 'next' : 'later'}>
            <span class="tick num">
              {item.done ? <Icon name="check" /> : index + 1}
              {item.done && <span class="sr-only">Done: </span>}
            </span>
            <div class="grow">
              <p class="checklist-title">{item.title}</p>
              <p class="muted">{item.text}</p>
            </div>
            {!item.done && (
              <a
                href={item.href}
                class={`button ${index === next ? 'button-primary' : 'button-plain'}`}
              >
                {item.action}
              </a>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

type Item = {
  done: boolean
  title: string
  text: string
  action: string
  href: string
  /** Only who may set up connections sees it. */
  forAdmins?: boolean
  isOptional?: boolean
}

const itemsOf = ({
  checkedAddress,
  connectedForge,
  addedRepository,
  builtOnce,
  receivedDelivery,
}: Overview['checklist']): Item[] => [
  {
    done: checkedAddress,
    title: 'Check the address',
    text: 'Forges deliver webhooks to it, so it has to lead here from where they are.',
    action: 'Check the address',
    href: paths.address(),
    forAdmins: true,
    isOptional: true,
  },
  {
    done: connectedForge,
    title: 'Connect GitHub or GitLab',
    text: 'Once: then repositories come from there, and every push is built and answered.',
    action: 'Connect a forge',
    href: paths.settings(),
    forAdmins: true,
    isOptional: addedRepository,
  },
  {
    done: addedRepository,
    title: 'Add a repository',
    text: 'From the forge, or by its clone address, with a credential where cloning needs one.',
    action: 'Add a repository',
    href: paths.newRepository(),
  },
  {
    done: builtOnce,
    title: 'Build it once',
    text: 'Start a build by hand and watch its log.',
    action: 'Choose a repository',
    href: paths.repositories(),
  },
  {
    done: receivedDelivery,
    title: 'Let a push start a build',
    text: connectedForge
      ? 'Push to one of the repositories: the forge tells Oore by itself.'
      : 'Set the webhook up as the repository’s overview says, then push.',
    action: connectedForge ? 'Choose a repository' : 'Set up a webhook',
    href: paths.repositories(),
  },
]
