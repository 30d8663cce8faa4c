import { agoText, soFarText } from '../../lib/ago.ts'
import { type Millis, isoTime } from '../../lib/clock.ts'
import { durationText } from '../../lib/sizes.ts'

/** When something happened, as a distance; the exact time is the title, and local by script. */
export const Ago = ({ at, now }: { at: Millis; now: Millis }) => {
  const iso = isoTime(at).slice(0, 19)
  return (
    <time
      datetime={`${iso}Z`}
      title={`${iso.replace('T', ' ')} UTC`}
      data-ago={String(Math.max(0, now - at))}
    >
      {agoText(now - at)}
    </time>
  )
}

/** How long something took, or takes by now: then the script lets it tick. */
export const Lasting = ({ ms, ticks = false }: { ms: number; ticks?: boolean }) =>
  ticks ? (
    <span class="num" data-ticks={String(ms)}>
      {soFarText(ms)}
    </span>
  ) : (
    <span class="num">{durationText(ms)}</span>
  )
