import type { Overview } from '../../core/overview/overview.ts'
import { paths } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'

/** What a fresh server still lacks, numbered, each with its one action; gone once complete. */
export const Checklist = ({ checklist }: { checklist: Overview['checklist'] }) => {
  const items = itemsOf(checklist)
  const next = items.findIndex((item) => !item.done)
  if (next === -1) return null
  return (
    <section class="section checklist" aria-labelledby="checklist-title">
      <h2 id="checklist-title">
        {next === 0 && !items.some((item) => item.done)
          ? 'Welcome. Three steps to the first build'
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

const itemsOf = ({ addedRepository, builtOnce, receivedDelivery }: Overview['checklist']) => [
  {
    done: addedRepository,
    title: 'Add a repository',
    text: 'Its clone address is enough; a credential where cloning needs one.',
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
    text: 'Set the webhook up as the repository’s overview says, then push.',
    action: 'Set up a webhook',
    href: paths.repositories(),
  },
]
