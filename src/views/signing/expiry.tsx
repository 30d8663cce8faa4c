import { expiryStage, expiryText } from '../../core/credentials/credential.ts'
import { isoTime, type Millis } from '../../lib/clock.ts'
import { Icon, type IconName } from '../ui/icon.tsx'

type Look = { look: string; icon: IconName }

/** How near the end is, as a look: fine, soon, over. */
export function expiryLook(expiresAt: Millis, now: Millis): Look {
  const stage = expiryStage(expiresAt, now)
  if (stage === 0) return { look: 'failure', icon: 'failure' }
  return stage === null
    ? { look: 'success', icon: 'success' }
    : { look: 'caution', icon: 'warning' }
}

/** When it ends, in words, with the day. Null is never. */
export function Expiry({ at, now }: { at: Millis | null; now: Millis }) {
  if (at === null) return <span class="muted">Never expires</span>
  const { look, icon } = expiryLook(at, now)
  const text = expiryText(at, now)
  return (
    <span class={`st ${look}`}>
      <Icon name={icon} />
      <time datetime={isoTime(at)} title={`${isoTime(at).slice(0, 16).replace('T', ' ')} UTC`}>
        {text.charAt(0).toUpperCase()}
        {text.slice(1)}
      </time>
    </span>
  )
}
