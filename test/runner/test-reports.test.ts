import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeRedactor } from '../../src/lib/redact/redact.ts'
import { readReport } from '../../src/runner/tests/read-report.ts'
import type { ReadTest } from '../../src/runner/tests/report.ts'
import { shownTest } from '../../src/runner/tests/shown-test.ts'

const fixtures = join(import.meta.dirname, 'reports')

describe('a report is read as its tool writes it', () => {
  test('Gradle', async () => {
    const { tests } = await readFixture('gradle.xml')
    const suite = 'com.lumen.wallet.CartTest'
    expect(tests).toMatchObject([
      { suite, name: 'adds a receipt', status: 'passed', durationMs: 12, message: null },
      {
        suite,
        name: 'totalIsRounded()',
        status: 'failed',
        durationMs: 1040,
        message: 'java.lang.AssertionError: expected:<10.05> but was:<10.04>',
        file: 'CartTest.kt',
        line: 41,
      },
      { name: 'pays with points', status: 'skipped', durationMs: 0 },
      { name: 'empties[0: €]', status: 'passed', details: null },
    ])
    expect(tests[1]?.details).toContain('\tat org.junit.Assert.fail(Assert.java:89)\n')
  })

  test('Maven Surefire, with thousands of seconds and CDATA', async () => {
    const { tests } = await readFixture('surefire.xml')
    expect(tests).toMatchObject([
      { name: 'imports everything', status: 'passed', durationMs: 1_234_500, details: null },
      {
        name: 'opens',
        status: 'error',
        message: 'Cannot invoke "Ledger.close()" because "this.ledger" is null',
        file: 'LedgerTest.java',
        line: 17,
      },
      { name: 'exports', status: 'skipped', message: 'needs a printer', details: null },
    ])
  })

  test('pytest', async () => {
    const { tests } = await readFixture('pytest.xml')
    expect(tests).toMatchObject([
      { suite: 'tests.test_cart.TestTotals', name: 'test_sum[1-2]', status: 'passed' },
      {
        suite: 'tests.test_cart',
        name: 'test_rounding',
        status: 'failed',
        message: 'assert 10.04 == 10.05',
        file: 'tests/test_cart.py',
        line: 7,
      },
      { name: 'test_points', status: 'skipped', message: 'not yet', line: null },
      { name: 'test_remote', status: 'error', file: 'tests/conftest.py', line: 3 },
    ])
  })

  test('Jest: what belongs together is the suite, and the place is in the code, not in a package', async () => {
    const { tests } = await readFixture('jest.xml')
    expect(tests).toMatchObject([
      {
        suite: 'Cart',
        name: 'Cart totals are rounded',
        status: 'failed',
        message: 'Error: expect(received).toBe(expected) // Object.is equality',
        file: 'src/__tests__/cart.test.tsx',
        line: 14,
      },
      { suite: 'Cart', status: 'passed', durationMs: 1 },
      { suite: 'Cart', status: 'skipped' },
    ])
  })

  test('Mocha', async () => {
    const { tests } = await readFixture('mocha.xml')
    expect(tests).toMatchObject([
      { suite: 'Cart', name: 'Cart is empty at first', status: 'passed' },
      {
        suite: 'Cart',
        name: 'Cart rounds',
        status: 'failed',
        message: 'expected 10.04 to equal 10.05',
        file: '/work/clone/test/cart.spec.js',
        line: 12,
      },
    ])
  })

  test('fastlane scan and trainer', async () => {
    expect((await readFixture('scan.xml')).tests).toMatchObject([
      { name: 'testEmpty', status: 'passed', durationMs: 1 },
      {
        name: 'testTotal',
        status: 'failed',
        durationMs: null,
        message: 'XCTAssertEqual failed: ("10.04") is not equal to ("10.05") - total',
        file: '/Users/builder/clone/ios/WalletTests/CartTests.swift',
        line: 23,
      },
      { name: 'testPoints', status: 'skipped' },
    ])
    expect((await readFixture('trainer.xml')).tests).toMatchObject([
      {
        suite: 'CheckoutUITests',
        status: 'failed',
        durationMs: 60_800,
        file: 'CheckoutUITests.swift',
        line: 31,
      },
      { status: 'passed' },
    ])
  })

  test('Detox', async () => {
    const { tests } = await readFixture('detox.xml')
    expect(tests).toMatchObject([
      { suite: 'Checkout', name: 'pays', status: 'failed', file: 'e2e/checkout.e2e.ts', line: 9 },
    ])
  })

  test('nested suites, tests that say where they are, and a suite that broke itself', async () => {
    const { tests } = await readFixture('nested.xml')
    expect(tests).toMatchObject([
      { suite: 'All › Cart', name: 'adds', file: 'tests/CartTest.php', line: 12, durationMs: 500 },
      { suite: 'All › Cart › rounding', name: 'half up', status: 'skipped', durationMs: null },
      { name: 'bankers', durationMs: 250, file: 'tests/all.php', line: null },
      { name: 'Broken', status: 'error', message: 'the set-up broke', details: 'boom' },
    ])
  })

  test('flutter test --machine, among lines of other kinds', async () => {
    const { tests } = await readFixture('flutter.jsonl')
    const url = 'file:///work/clone/test/cart_test.dart'
    expect(tests).toMatchObject([
      { name: 'Cart is empty at first', status: 'passed', durationMs: 23, file: url, line: 7 },
      {
        name: 'Cart total is rounded',
        status: 'error',
        message: 'Expected: <10.05>\n  Actual: <10.04>',
      },
      {
        name: 'counts up',
        status: 'error',
        message:
          'Expected: exactly one matching candidate\n' +
          '  Actual: _TextWidgetFinder:<Found 0 widgets with text "1": []>\n' +
          '   Which: means none were found but one was expected',
        file: url,
        line: 20,
      },
      { name: 'pays with points', status: 'skipped', message: 'not yet', details: null },
    ])
    expect(tests[1]?.details).toContain('test/cart_test.dart 12:7')
    expect(tests[1]?.details).toContain('Bad state: Stream was closed')
  })

  test('dart test --reporter json: a file that does not load, a late error, a test without an end', async () => {
    const { tests } = await readFixture('dart.jsonl')
    expect(tests).toMatchObject([
      { name: 'loading test/broken_test.dart', status: 'error' },
      { name: 'opens', status: 'error', message: 'Bad state: late', durationMs: 10 },
      {
        name: 'hangs',
        status: 'error',
        message: 'The test did not end: the run was over before.',
        details: 'waiting for nobody',
      },
    ])
  })

  test('several runs one after the other in one file', async () => {
    const { tests } = await read([runOf('a'), runOf('b')].join('\n'))
    expect(tests.map(({ name }) => name)).toEqual(['a', 'b'])
  })
})

describe('bytes become text', () => {
  const report = `<testsuite name="s"><testcase name="größer" time="1"/></testsuite>`

  test.each([
    ['a byte order mark', Buffer.from(`\ufeff<?xml version="1.0" encoding="utf-8"?>${report}`)],
    ['UTF-16, as shells on Windows write it', Buffer.from(`\ufeff${report}`, 'utf16le')],
    [
      'a declared encoding',
      Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${report}`, 'latin1'),
    ],
    ['an encoding nobody knows', Buffer.from(`<?xml version="1.0" encoding="x-none"?>${report}`)],
    ['blank lines before the declaration', Buffer.from(`\n\n  <?xml version="1.0"?>${report}`)],
  ])('%s', async (_, bytes) => {
    expect((await read(bytes)).tests).toMatchObject([{ name: 'größer' }])
  })

  test('bytes that are no UTF-8 cost a character, not the report', async () => {
    const broken = Buffer.from(report.replace('ö', '#').replace('ß', '#'))
    broken[broken.indexOf('#')] = 0xff
    expect((await read(broken)).tests[0]?.name).toBe('gr\ufffd#er')
  })

  test('colours and control characters of what was tested', async () => {
    const coloured = `<testsuite><testcase name="a"><failure>\u001b[31mred\u001b[0m \u0000 &#27;[1m</failure></testcase></testsuite>`
    const { tests, ending } = await read(coloured)
    expect(ending).toEqual({ is: 'read' })
    const shown = shownTest(tests[0]!, makeRedactor([]), '/clone', true)
    expect(shown.message).toMatch(/^red \ufffd/)
  })
})

describe('what is no sound report', () => {
  test('broken XML is told with its place, and what came before is kept', async () => {
    const { tests, ending } = await read(
      '<testsuite>\n<testcase name="a"/>\n<testcase name="b">\n</wrong></testsuite>',
    )
    expect(tests.map(({ name }) => name)).toEqual(['a'])
    expect(ending).toMatchObject({ is: 'malformed', line: 4 })
  })

  test('a report that was cut off in the middle', async () => {
    const { tests, ending } = await read('<testsuites><testsuite><testcase name="a"/><testca')
    expect(tests).toHaveLength(1)
    expect(ending).toMatchObject({ is: 'malformed', line: 1 })
  })

  test.each([
    ['nothing', ''],
    ['blank', ' \n\n'],
    ['other XML', '<project><testsuite/></project>'],
    ['other JSON', '{"type":"module","name":"app"}\n{"tests": []}'],
    ['a text', 'All 214 tests passed!\n'],
    ['a binary', Buffer.from([0, 1, 2, 255, 254, 10, 0])],
  ])('%s is of another kind', async (_, bytes) => {
    expect(await read(bytes)).toEqual({ tests: [], ending: { is: 'other' } })
  })

  test('a billion laughs are one word', async () => {
    const entities = Array.from(
      { length: 9 },
      (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`,
    )
    const { tests } = await read(
      `<?xml version="1.0"?><!DOCTYPE t [<!ENTITY l0 "ha">${entities.join('')}]>` +
        '<testsuite><testcase name="a"><failure message="&l9;">&l9;</failure></testcase></testsuite>',
    )
    expect(tests).toMatchObject([{ status: 'failed', message: '&l9;' }])
  })

  test('no entity is read from a file', async () => {
    const { tests } = await read(
      '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]>' +
        '<testsuite><testcase name="a"><failure>&x;</failure></testcase></testsuite>',
    )
    expect(tests[0]?.message).toBe('&x;')
  })

  test('a million elements inside each other', async () => {
    const { ending } = await read('<testsuite>'.repeat(1_000_000))
    expect(ending).toMatchObject({ is: 'malformed', line: 1 })
  })

  test('an element of a million attributes', async () => {
    const attributes = Array.from({ length: 1_000_000 }, (_, n) => `a${n}=""`).join(' ')
    expect((await read(`<testsuite ${attributes}/>`)).ending).toMatchObject({ is: 'malformed' })
  })

  test('fifty megabytes of output cost no memory', async () => {
    const line = 'I/Cart: nothing to see here\n'
    const output = line.repeat(Math.ceil(50_000_000 / line.length))
    const bytes = Buffer.from(
      `<testsuite><testcase name="a"><failure message="no">${output}</failure>` +
        `<system-out>${output.slice(0, 1000)}</system-out></testcase></testsuite>`,
    )
    const { tests, ending } = await read(bytes)
    expect(ending).toEqual({ is: 'read' })
    expect(tests[0]?.details?.length).toBeLessThan(100_000)
  })

  test('a line of JSON without an end is passed over', async () => {
    const long = `{"type":"print","testID":1,"message":"${'x'.repeat(6_000_000)}"}`
    const { tests } = await read(`${long}\n${runOf('a')}`)
    expect(tests).toHaveLength(1)
  })

  test('keys that mean something to JavaScript are names like others', async () => {
    const { tests } = await read(
      '<testsuite __proto__="x" constructor="y"><testcase name="a"><__proto__/></testcase></testsuite>',
    )
    expect(tests).toMatchObject([{ name: 'a', status: 'passed' }])
  })

  test('reading stops when it is told to', async () => {
    const stop = AbortSignal.abort('cancelled')
    await expect(read('<testsuite/>', stop)).rejects.toBe('cancelled')
  })
})

describe('a test as it leaves the runner', () => {
  const raw: ReadTest = {
    suite: 's',
    name: 'n',
    status: 'failed',
    durationMs: 1,
    message: 'm',
    details: 'd',
    file: null,
    line: null,
  }
  const secret = 'hunter2-hunter2'
  const redactor = makeRedactor([secret])
  const shown = (changes: Partial<ReadTest>) =>
    shownTest({ ...raw, ...changes }, redactor, '/work/clone', true)

  test('holds no secret in any of its texts', () => {
    const all = { suite: secret, name: secret, message: secret, details: secret, file: secret }
    expect(JSON.stringify(shown(all))).not.toContain('hunter2')
  })

  test.each([1990, 1995, 15_990, 63_995, 64_005])(
    'holds no part of a secret that begins at character %i, where it may be cut',
    (at) => {
      const text = `${'x'.repeat(at)}${secret} and more${'y'.repeat(80_000)}`
      const { message, details } = shown({ message: text, details: text })
      expect(message).not.toContain('hunter')
      expect(details).not.toContain('hunter')
    },
  )

  test('a text that is mostly secrets shows no part of the last one', () => {
    const { details } = shown({ details: secret.repeat(20_000) })
    expect(details).not.toContain('hunter')
  })

  test('has names on one line and files relative to the clone directory', () => {
    expect(shown({ name: ' a\n  b ', file: '/work/clone/lib/a.dart' })).toMatchObject({
      name: 'a b',
      file: 'lib/a.dart',
    })
    expect(shown({ file: 'file:///work/clone/test/a%20b.dart' }).file).toBe('test/a b.dart')
    expect(shown({ file: '/etc/other' }).file).toBe('/etc/other')
  })

  test('has texts of bounded length', () => {
    const { name, message, details } = shown({
      name: '🚀'.repeat(600),
      message: 'm'.repeat(5000),
      details: 'd'.repeat(50_000),
    })
    expect(name.length).toBeLessThanOrEqual(500)
    expect(name).toMatch(/^(🚀)+…$/u)
    expect(message).toHaveLength(2000)
    expect(details).toHaveLength(16_000)
  })
})

const runOf = (name: string): string =>
  [
    { type: 'start', protocolVersion: '0.1.1', time: 0 },
    { type: 'testStart', time: 1, test: { id: 1, name, suiteID: 0, groupIDs: [2] } },
    { type: 'testDone', time: 2, testID: 1, result: 'success', hidden: false, skipped: false },
  ]
    .map((event) => JSON.stringify(event))
    .join('\n')

async function readFixture(name: string) {
  const tests: ReadTest[] = []
  const file = await open(join(fixtures, name))
  const ending = await readReport(file, (each) => tests.push(each), new AbortController().signal)
  expect(ending).toEqual({ is: 'read' })
  return { tests }
}

async function read(bytes: string | Buffer, signal = new AbortController().signal) {
  const directory = mkdtempSync(join(tmpdir(), 'oore-report-'))
  try {
    const path = join(directory, 'report')
    writeFileSync(path, bytes)
    const tests: ReadTest[] = []
    const ending = await readReport(await open(path), (each) => tests.push(each), signal)
    return { tests, ending }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
