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
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
