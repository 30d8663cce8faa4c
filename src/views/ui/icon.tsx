import type { Html } from '#jsx/jsx-runtime'
import { fixedEach } from '../layout/markup.ts'

/** The names of layout/sprite.tsx: each page carries those drawings once. */
export const iconNames = [
  'success',
  'failure',
  'running',
  'pending',
  'waiting_approval',
  'cancelled',
  'skipped',
  'warning',
  'info',
  'check',
  'branch',
  'tag',
  'pull',
  'push',
  'hand',
  'plug',
  'clock',
  'search',
  'menu',
  'copy',
  'download',
  'phone',
  'archive',
  'file',
  'person',
  'sun',
  'expand',
  'chevron',
] as const
export type IconName = (typeof iconNames)[number]

/** A drawing of 16 pixels in the colour of the text. The word beside it carries the meaning. */
export const Icon = ({ name }: { name: IconName }): Html => drawings[name]

const drawings = fixedEach(iconNames, (name) => (
  <svg class="i" aria-hidden="true">
    <use href={`#i-${name}`} />
  </svg>
))
