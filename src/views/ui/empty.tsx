import type { Child } from '#jsx/jsx-runtime'

/** A region without data: why, and the one thing to do next. */
export const Empty = ({ title, children }: { title: string; children?: Child }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
)
