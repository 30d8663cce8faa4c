import { type Build, type BuildStatus, durationMs } from '../../core/builds/build.ts'
import type { Millis } from '../../lib/clock.ts'
import { statusWords } from '../ui/status.tsx'

const bars = 20
const barWidth = 5
const gap = 2
const height = 22
const lowest = 4

/** A repository's newest builds as bars, oldest first: height is duration, colour the state. */
export function Sparkline({ builds, now }: { builds: Build[]; now: Millis }) {
  const shown = builds.slice(0, bars).toReversed()
  const longest = Math.max(1, ...shown.map((build) => durationMs(build, now) ?? 0))
  const offset = bars - shown.length
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${bars * (barWidth + gap)} ${height}`}
      width={String(bars * (barWidth + gap))}
      height={String(height)}
      role="img"
      aria-label={summary(shown)}
    >
      {shown.map((build, index) => {
        const tall = barHeight(durationMs(build, now), longest)
        return (
          <rect
            class={build.status}
            x={String((offset + index) * (barWidth + gap))}
            y={String(height - tall)}
            width={String(barWidth)}
            height={String(tall)}
            rx="1"
          />
        )
      })}
    </svg>
  )
}

const barHeight = (ms: number | null, longest: number): number =>
  ms === null ? lowest : Math.round(lowest + ((height - lowest) * ms) / longest)

/** `Last 20 builds: 17 succeeded, 3 failed`. */
function summary(builds: Build[]): string {
  const counts = new Map<BuildStatus, number>()
  for (const { status } of builds) counts.set(status, (counts.get(status) ?? 0) + 1)
  const parts = [...counts].map(
    ([status, count]) => `${count} ${statusWords[status].toLowerCase()}`,
  )
  return `Last ${builds.length} builds: ${parts.join(', ')}`
}
