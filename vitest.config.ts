import { defineConfig } from 'vitest/config'

const json = process.env.VITEST_JSON

export default defineConfig({
  test: {
    include: ['packages/**/test/**/*.test.ts', 'examples/test/*.test.ts', 'bench/test/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // For machines that do much else.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 50_000, interval: 10 } },
    maxWorkers: 2,
    reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
    coverage: {
      provider: 'v8',
      include: ['packages/**/src/**'],
      reporter: ['text', 'json-summary']
    }
  }
})
