import { defineConfig } from 'vitest/config'
import { LongestFirst } from './scripts/vitest/longest-first.ts'

const json = process.env.VITEST_JSON

export default defineConfig({
  test: {
    globalSetup: ['scripts/vitest/temporary-folder.ts', 'scripts/vitest/build-threads.ts'],
    setupFiles: 'scripts/vitest/use-built-threads.ts',
    include: [
      'packages/**/test/**/*.test.ts',
      'examples/test/*.test.ts',
      'bench/test/*.test.ts',
      'scripts/test/*.test.ts'
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Limits against hanging alone: machines may be slow, and do much else.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
    expect: { poll: { timeout: 120_000, interval: 10 } },
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
    coverage: {
      provider: 'v8',
      include: ['packages/**/src/**'],
      reporter: ['text', 'json-summary']
    }
  }
})
