import { durationText } from './sizes.ts'

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, `7 mo ago`. The browser's script uses it too. */
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

/** How long something has gone on, in whole seconds: `3s`, `6m 12s`. */
export const soFarText = (ms: number): string =>
  ms < 10_000 ? `${Math.floor(ms / 1000)}s` : durationText(Math.floor(ms / 1000) * 1000)
