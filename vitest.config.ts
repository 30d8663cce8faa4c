import { defineConfig } from 'vitest/config'

// Two workers whatever the machine: each test starts processes of its own.
const shared = { isolate: false, testTimeout: 20_000, hookTimeout: 20_000 } as const

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: 'all', include: ['test/**/*.test.{ts,tsx}'] } },
      {
        test: {
          ...shared,
          name: 'browser',
          include: ['test/browser/**/*.spec.ts'],
          // A real browser beside a full machine loses a click now and then: what fails twice is broken.
          retry: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
