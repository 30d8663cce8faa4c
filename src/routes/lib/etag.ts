/** Does a caller who sent this `If-None-Match` have what `etag` names? */
export const isKnown = (sent: string | undefined, etag: string): boolean =>
  sent !== undefined &&
  sent.split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim()))
