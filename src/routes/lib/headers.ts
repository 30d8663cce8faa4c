import type { Face, Guard } from './route.ts'

const yearSeconds = 365 * 24 * 60 * 60

/*
 * No inline script or style anywhere, nothing from elsewhere, no frames. htmx works under it: its
 * own style goes in by adoptedStyleSheets, and the layout's meta tag keeps it from evaluating text.
 */
const pagePolicyWith = (formAction: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const pagePolicy = pagePolicyWith("'self'")

/** For the one page whose form is posted to somebody else: to this origin, and no other. */
export const mayPostTo = (origin: string): Record<string, string> => ({
  'content-security-policy': pagePolicyWith(`'self' ${origin}`),
})

/** For what is not a page: should a browser show it after all, it may do nothing. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

/**
 * The headers every answer of a face carries; made once per route, not per request.
 * A handler's own header of the same name wins.
 */
export function headersFor(face: Face, guard: Guard, https: boolean): Record<string, string> {
  return {
    'content-security-policy': face === 'page' ? pagePolicy : dataPolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // Not `no-referrer`: that makes browsers send `Origin: null` with our own forms.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cache-control': guard === 'open' && face === 'plain' ? 'no-cache' : 'no-store',
    ...(https ? { 'strict-transport-security': `max-age=${yearSeconds}` } : {}),
  }
}
