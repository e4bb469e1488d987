import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/**/test/**/*.test.ts', 'examples/test/*.test.ts', 'bench/test/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 20_000,
    coverage: {
      provider: 'v8',
      include: ['packages/**/src/**'],
      reporter: ['text', 'json-summary']
    }
  }
})
