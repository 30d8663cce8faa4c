import type { Changeset, When } from '../pipeline.ts'
import { key, list, map, text, type Shape } from './shapes.ts'

export const noWhen: When = { changeset: null, condition: null }

const changesetMap = map(
  {
    called: 'a changeset',
    keys: {
      includes: key(
        list(text, '- lib/**'),
        'What must have changed, as globs from the root of the repository.',
        "includes: ['lib/**']",
      ),
      excludes: key(list(text, "- '**/*.md'"), 'What does not count.', "excludes: ['**/*.md']"),
    },
  },
  '{ includes: [lib/] }',
)

const changeset: Shape<Changeset> = {
  ...changesetMap,
  read(node, spot) {
    const values = changesetMap.read(node, spot)
    return values && { includes: values.includes ?? ['.'], excludes: values.excludes ?? [] }
  },
}

const whenMap = map(
  {
    called: 'when',
    keys: {
      changeset: key(
        changeset,
        'Which files must have changed.',
        'changeset: { includes: [lib/] }',
      ),
      condition: key(text, 'What must hold.', 'condition: not event.pull_request.draft'),
    },
  },
  '{ changeset: { includes: [lib/] } }',
)

export const when: Shape<When> = {
  ...whenMap,
  read(node, spot) {
    const values = whenMap.read(node, spot)
    return values && { changeset: values.changeset, condition: values.condition }
  },
}
