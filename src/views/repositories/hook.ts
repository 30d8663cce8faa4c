/**
 * The `post-receive` hook that tells Oore of each pushed ref, signed as `POST
 * /api/webhooks/git/:id` expects. The secret is read from a file beside it, so that the script
 * itself may be shown to anyone.
 */
export const postReceiveHook = (url: string): string => `#!/bin/sh
# hooks/post-receive: tells Oore what was pushed.
secret=$(cat "$(dirname "$0")/oore-secret") || exit 0
while read -r before after ref; do
  body=$(printf '{"ref":"%s","before":"%s","after":"%s"}' "$ref" "$before" "$after")
  sum=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" | sed 's/^.* //')
  curl -fsS -m 10 -H 'Content-Type: application/json' -H "X-Oore-Signature-256: sha256=$sum" \\
    --data-binary "$body" ${quoted(url)} >&2 || echo "Oore was not told of $ref." >&2
done
`

/** For a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
