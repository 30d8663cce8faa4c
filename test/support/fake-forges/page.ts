import type { Reply } from './forge.ts'

const style =
  'body{font:16px/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}:root{color-scheme:light dark}' +
  'pre{overflow:auto;border:1px solid;padding:.5rem}form{margin:.5rem 0}' +
  'table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}'

/** A plain page; `body` is markup already. */
export const page = (status: number, title: string, body: string): Reply => ({
  status,
  html:
    `<!doctype html><html lang="en"><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width">` +
    `<title>${escaped(title)}</title><style>${style}</style>` +
    `<body><p><a href="/">A forge that is made up</a></p><h1>${escaped(title)}</h1>${body}`,
})

/** A form of one button; `more` is markup before it. */
export const button = (
  action: string,
  label: string,
  fields: Record<string, string> = {},
  more = '',
): string =>
  `<form method="post" action="${escaped(action)}">${more}${Object.entries(fields)
    .map(
      ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
    )
    .join('')}<button>${escaped(label)}</button></form>`

/** Text as it may stand in markup and in its attributes. */
export const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** What Oore asked otherwise than documented; for whoever changes Oore. */
export const breachMarkup = (breaches: readonly string[]): string =>
  breaches.length === 0
    ? ''
    : `<h2>What was asked otherwise than documented</h2><ul>${breaches
        .map((one) => `<li>${escaped(one)}</li>`)
        .join('')}</ul>`

export const missing = page(404, 'Not found', '<p>There is no such page here.</p>')

export const seeOther = (location: string): Reply => ({
  status: 303,
  headers: { location },
  text: '',
})
