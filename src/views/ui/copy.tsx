import { Icon } from './icon.tsx'

/** Copies `text` by script; without one it is not shown, for it would do nothing. */
export const Copy = ({ text, label }: { text: string; label: string }) => (
  <button
    type="button"
    class="icon-button js-only"
    data-copy={text}
    aria-label={label}
    title={label}
  >
    <Icon name="copy" />
  </button>
)
