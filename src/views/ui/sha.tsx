/** Characters of a commit that tell it apart. */
const shownLength = 8

export const shortSha = (sha: string): string => sha.slice(0, shownLength)

/** A commit, short; the whole of it is the title. */
export const Sha = ({ sha }: { sha: string }) => (
  <code class="sha" title={sha}>
    {shortSha(sha)}
  </code>
)
