import type { Theme } from '../../views/layout/shell.ts'

export const themeCookieName = 'oore_theme'

const themes: readonly string[] = ['light', 'dark', 'system'] satisfies Theme[]
const yearSeconds = 365 * 24 * 60 * 60

/** The theme a reader chose; the system's own where they chose none. */
export const themeOf = (cookie: string | undefined): Theme =>
  cookie !== undefined && themes.includes(cookie) ? (cookie as Theme) : 'system'

/** `Set-Cookie` that keeps a choice of theme. */
export const themeCookie = (theme: Theme, isHttps: boolean): string =>
  `${themeCookieName}=${theme}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${yearSeconds}` +
  (isHttps ? '; Secure' : '')
