const shownLength = 8

/** A commit, short; the whole of it is the title. */
export const Sha = ({ sha }: { sha: string }) => (
  <code class="sha" title={sha}>
    {sha.slice(0, shownLength)}
  </code>
)
