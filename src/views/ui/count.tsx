type CountProps = { count: number; one: string; many: string }

/** A number in a table's cell. Where a phone shows rows as cards, without heads, its unit follows. */
export const Count = ({ count, one, many }: CountProps) => (
  <span class="num">
    {count.toLocaleString('en')}
    <span class="unit"> {count === 1 ? one : many}</span>
  </span>
)
