import type { Child } from '#jsx/jsx-runtime'

type LiveProps = {
  id: string
  /** The address of this very page: it is asked again, and the part with this id is taken. */
  path: string
  /** Something in it changes by itself: look often, else now and then. */
  lively: boolean
  children: Child
}

const livelySeconds = 3
const calmSeconds = 20

/**
 * A region that keeps itself up to date: the script asks while the tab is seen, and rows are
 * morphed, so that focus, selection and scroll stay.
 */
export const Live = ({ id, path, lively, children }: LiveProps) => (
  <div
    id={id}
    class="live"
    data-refresh={String(lively ? livelySeconds : calmSeconds)}
    hx-get={path}
    hx-trigger="refresh"
    hx-select={`#${id}`}
    hx-select-oob="#running-count"
    hx-swap="outerMorph"
  >
    {children}
  </div>
)
