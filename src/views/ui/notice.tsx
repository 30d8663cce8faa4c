import type { Child } from '#jsx/jsx-runtime'
import { Icon, type IconName } from './icon.tsx'

export type NoticeKind = 'info' | 'success' | 'warning' | 'error'
export type Notice = { kind: NoticeKind; text: string }

const icons = {
  info: 'info',
  success: 'success',
  warning: 'warning',
  error: 'failure',
} as const satisfies Record<NoticeKind, IconName>

const words: Record<NoticeKind, string> = {
  info: 'Note',
  success: 'Done',
  warning: 'Warning',
  error: 'Error',
}

/** One thing to know, with its kind as icon and, for listeners, as word. */
export function NoticeBox({ kind, children }: { kind: NoticeKind; children: Child }) {
  return (
    <div class={`notice notice-${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <Icon name={icons[kind]} />
      <div class="notice-text">
        <span class="sr-only">{words[kind]}: </span>
        {children}
      </div>
    </div>
  )
}
