import type { IconName } from '../ui/icon.tsx'
import { fixed } from './markup.ts'

/**
 * Each icon once a page, as 16 × 16 strokes; `Icon` refers to them. Held as path data, so that a
 * drawing is one line.
 */
const strokes: Record<Exclude<IconName, 'running'>, string> = {
  success: 'M8 1.7a6.3 6.3 0 1 0 0 12.6A6.3 6.3 0 0 0 8 1.7M5.2 8.2l2 2 3.6-4',
  failure: 'M8 1.7a6.3 6.3 0 1 0 0 12.6A6.3 6.3 0 0 0 8 1.7M5.8 5.8l4.4 4.4m0-4.4-4.4 4.4',
  pending: 'M8 1.7a6.3 6.3 0 1 0 0 12.6A6.3 6.3 0 0 0 8 1.7M8 4.6V8l2.3 1.4',
  waiting_approval:
    'M8 1.6 13.2 3.5v4.1c0 3.3-2.2 5.6-5.2 6.8-3-1.2-5.2-3.5-5.2-6.8V3.5ZM8 5.1v3.4m0 2v.1',
  cancelled: 'M8 1.7a6.3 6.3 0 1 0 0 12.6A6.3 6.3 0 0 0 8 1.7M3.6 12.4l8.8-8.8',
  skipped: 'M8 1.7a6.3 6.3 0 1 0 0 12.6A6.3 6.3 0 0 0 8 1.7M5.4 8h5.2',
  warning: 'M8 2.1 14.6 13.6H1.4ZM8 6.4v3.2m0 1.9v.1',
  info: 'M8 1.7a6.3 6.3 0 1 0 0 12.6A6.3 6.3 0 0 0 8 1.7M8 7.4v3.8m0-6.3V5',
  check: 'm3 8.5 3.2 3.2L13 4.6',
  branch:
    'M4.5 5.5v5m0-5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6m0 5a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6m7-5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6m0 0v.7c0 2-1.2 2.8-3 2.8h-1.2c-1.5 0-2.8.6-2.8 2',
  tag: 'M2 2.4v5l6.6 6.5 5.3-5.3L7.4 2.1H2.3ZM5.1 5.2v.1',
  pull: 'M4 5.5v5m0-5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6m0 5a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6m8 0a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6m0 0V6c0-1.5-1-2.3-2.3-2.3H7.4m2-2-2 2 2 2',
  push: 'M8 13.8V6.2M4.6 9.2 8 5.8l3.4 3.4M2.6 2.4h10.8',
  hand: 'M3 3.2v9.6l10-4.8Z',
  plug: 'M5.5 1.8v3.4m5-3.4v3.4M3.5 5.4h9v2.3a4.5 4.5 0 0 1-9 0Zm4.5 7v2',
  clock: 'M8 1.7a6.3 6.3 0 1 0 0 12.6A6.3 6.3 0 0 0 8 1.7M8 4.6V8l2.3 1.4',
  search: 'M7 2.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6m3.5 8.3 3.5 3.5',
  menu: 'M2 4.2h12M2 8h12M2 11.8h12',
  copy: 'M5.6 5.6h8.2v8.2H5.6Zm4.8-.2V2.2H2.2v8.2h3.2',
  download: 'M8 2v8M4.6 6.8 8 10.2l3.4-3.4M2.4 13.6h11.2',
  phone: 'M4.4 1.7h7.2v12.6H4.4Zm3 10.4h1.2',
  archive: 'M1.9 2.6h12.2v3.2H1.9Zm1 3.4v7.6h10.2V6M6.3 8.6h3.4',
  file: 'M3.4 1.8h5.8l3.4 3.4v9H3.4Zm5.6.2v3.4h3.4',
  person: 'M8 8.2a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2.4 14c.5-2.6 2.8-3.8 5.6-3.8s5.1 1.2 5.6 3.8',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6m0-3.5v1m0 11v1M1.5 8h1m11 0h1M3.4 3.4l.7.7m7.8 7.8.7.7m0-9.2-.7.7m-7.8 7.8-.7.7',
  expand: 'M9.8 2.2h4v4m0-4L9.6 6.4M6.2 13.8h-4v-4m0 4 4.2-4.2',
  chevron: 'm6 3.6 4.4 4.4L6 12.4',
}

/** All icons, to be put into each page once. */
export const sprite = fixed(
  <svg class="sprite" aria-hidden="true">
    {Object.entries(strokes).map(([name, path]) => (
      <symbol id={`i-${name}`} viewBox="0 0 16 16">
        <path d={path} />
      </symbol>
    ))}
    <symbol id="i-running" viewBox="0 0 16 16">
      <circle class="ring" cx="8" cy="8" r="6.3" />
      <circle class="pulse" cx="8" cy="8" r="3" />
    </symbol>
    <symbol id="i-mark" viewBox="0 0 20 20">
      <path d="M10 2.5a7.5 7.5 0 1 0 7.5 7.5" />
      <circle class="mark-dot" cx="10" cy="10" r="3" />
    </symbol>
  </svg>,
)
