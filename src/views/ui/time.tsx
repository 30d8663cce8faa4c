import { type Millis, isoTime } from '../../lib/clock.ts'
import { durationText } from '../../lib/sizes.ts'

/** When something happened, as a distance; the exact time is the title, and local by script. */
export const Ago = ({ at, now }: { at: Millis; now: Millis }) => {
  const iso = isoTime(at)
  return (
    <time datetime={iso} title={`${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`} data-ago="">
      {agoText(now - at)}
    </time>
  )
}

/** How long something took, or takes by now: with `since`, the script lets it tick. */
export const Lasting = ({ ms, since }: { ms: number; since?: Millis | null }) => (
  <span class="num" data-since={since ?? undefined}>
    {durationText(since == null ? ms : wholeSeconds(ms))}
  </span>
)

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, `7 mo ago`. Must agree with browser/time.ts. */
export function agoText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ago`
  const days = Math.floor(hours / 24)
  if (days < 60) return `${days} d ago`
  const months = Math.floor(days / 30)
  return months < 24 ? `${months} mo ago` : `${Math.floor(days / 365)} y ago`
}

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000
