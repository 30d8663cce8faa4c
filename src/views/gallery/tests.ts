import type { TestCounts, TestResult, TestSummary } from '../../core/tests/test.ts'
import { minutes, seconds } from '../../lib/clock.ts'
import { hostile, id } from './builds.ts'

const result = (index: number, changes: Partial<TestResult>): TestResult => ({
  buildId: id(214),
  index,
  position: 3,
  suite: 'test/cart_test.dart',
  name: 'Cart is empty at first',
  status: 'passed',
  durationMs: 23,
  message: null,
  details: null,
  file: 'test/cart_test.dart',
  line: 7,
  ...changes,
})

/** One test of each kind that looks different. */
export const tests: TestResult[] = [
  result(0, {
    name: 'Cart total is rounded to the cent, also where three currencies meet',
    status: 'failed',
    line: 11,
    message: 'Expected: <10.05>\n  Actual: <10.04>',
    details:
      'Expected: <10.05>\n  Actual: <10.04>\n\npackage:matcher                 expect\ntest/cart_test.dart 12:7        main.<fn>.<fn>',
  }),
  result(1, {
    suite: 'com.lumen.wallet.ledger.LedgerTest',
    name: 'opens the ledger of last year',
    status: 'error',
    file: 'LedgerTest.kt',
    line: 17,
    durationMs: null,
    message: `java.lang.NullPointerException: Cannot invoke "Ledger.close()" because "this.ledger" is null`,
    details: `java.lang.NullPointerException\n\tat com.lumen.wallet.ledger.LedgerTest.opens(LedgerTest.kt:17)\n\tat ${'very.long.package.name.'.repeat(8)}Runner.run(Runner.java:1)`,
  }),
  result(2, {
    name: `${'averylongnameofatestwithoutasinglespace'.repeat(4)}`,
    suite: 'user/\u202egpj.exe › תשלום',
    status: 'failed',
    file: null,
    line: null,
    message: hostile,
  }),
  result(3, { durationMs: seconds(61) }),
  result(4, { name: 'Checkout › pays with a card', suite: 'Checkout', durationMs: seconds(8) }),
  result(5, { name: 'Cart empties', line: 19, durationMs: 640 }),
  result(6, { name: 'pays with points', status: 'skipped', message: 'not yet', durationMs: 0 }),
]

export const manyCounts: TestCounts = {
  total: 1214,
  passed: 1200,
  failed: 12,
  skipped: 2,
  durationMs: minutes(3),
}

export const failedTests: TestSummary = {
  counts: manyCounts,
  failures: tests.slice(0, 3),
  slowest: tests.slice(3, 6),
}

export const passedTests: TestSummary = {
  counts: { total: 3, passed: 2, failed: 0, skipped: 1, durationMs: seconds(9) },
  failures: [],
  slowest: tests.slice(4, 6),
}
