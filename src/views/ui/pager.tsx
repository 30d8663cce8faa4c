type PagerProps = {
  older: string | null
  newest: string | null
  /** What the two are called where the list is not one of times. */
  words?: { older: string; newest: string }
}

/** To the older part of a list. A cursor only leads on; the way back is the browser's. */
export const Pager = ({ older, newest, words = times }: PagerProps) =>
  older === null && newest === null ? null : (
    <nav class="pager" aria-label="Pages">
      {newest !== null && <a href={newest}>← {words.newest}</a>}
      {older !== null && (
        <a class="pager-next" href={older} rel="next">
          {words.older} →
        </a>
      )}
    </nav>
  )

const times = { older: 'Older', newest: 'Newest' }
