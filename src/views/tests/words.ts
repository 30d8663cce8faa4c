import type { TestCounts, TestResult, TestStatus } from '../../core/tests/test.ts'
import type { IconName } from '../ui/icon.tsx'

export const testWords: Record<TestStatus, string> = {
  failed: 'Failed',
  error: 'Error',
  passed: 'Passed',
  skipped: 'Skipped',
}

/** The icon of a status, and the colour that goes with it. */
export const testLooks: Record<TestStatus, { icon: IconName; look: string }> = {
  failed: { icon: 'failure', look: 'failure' },
  error: { icon: 'warning', look: 'failure' },
  passed: { icon: 'success', look: 'success' },
  skipped: { icon: 'skipped', look: 'skipped' },
}

/** `2 of 214 failed`, `214 passed`, `12 passed, 2 skipped`. */
export function countsInShort({ total, passed, failed, skipped }: TestCounts): string {
  if (failed > 0) return `${grouped(failed)} of ${grouped(total)} failed`
  return skipped === 0
    ? `${grouped(passed)} passed`
    : `${grouped(passed)} passed, ${grouped(skipped)} skipped`
}

/** `lib/cart_test.dart:23`; null where the report names no file. */
export const placeOf = ({ file, line }: TestResult): string | null =>
  file === null ? null : line === null ? file : `${file}:${line}`

export const grouped = (count: number): string => count.toLocaleString('en')
