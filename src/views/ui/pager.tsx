/** To the older part of a list. A cursor only leads on; the way back is the browser's. */
export const Pager = ({ older, newest }: { older: string | null; newest: string | null }) =>
  older === null && newest === null ? null : (
    <nav class="pager" aria-label="Pages">
      {newest !== null && <a href={newest}>← Newest</a>}
      {older !== null && (
        <a class="pager-next" href={older} rel="next">
          Older →
        </a>
      )}
    </nav>
  )
