/** Stands for the secret where it is not known any more. */
const unknownSecret = 'WEBHOOK_SECRET'

/**
 * The `post-receive` hook of docs/guides/push-from-a-git-server.md with this address and secret:
 * tells Oore of each pushed ref, signed.
 */
export const postReceiveHook = (url: string, secret: string | null): string =>
  [
    '#!/usr/bin/env bash',
    `url=${quoted(url)} secret=${quoted(secret ?? unknownSecret)}`,
    ...loop,
    '',
  ].join('\n')

const loop = [
  String.raw`while read -r before after ref; do`,
  String.raw`  body=$(printf '{"ref":"%s","before":"%s","after":"%s","pusher":"%s"}' "$` +
    String.raw`{ref//\"/\\\"}" "$before" "$after" "$(id -un)")`,
  String.raw`  signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" -r | cut -d' ' -f1)`,
  String.raw`  printf %s "$body" | curl -fsS -m 5 --retry 1 --retry-max-time 6 -o /dev/null --data-binary @- -H 'Content-Type: application/json' -H "X-Oore-Signature-256: sha256=$signature" -H "X-Oore-Delivery: $(openssl rand -hex 16)" "$url" || echo "Oore was not told of $ref"`,
  String.raw`done`,
]

/** For a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
