import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const json = process.env.VITEST_JSON

export default defineConfig({
  test: {
    // Tests leave nothing in the state folder of whoever runs them.
    env: { SLM_AUDIT_STATE_DIR: mkdtempSync(join(tmpdir(), 'slm-audit-state-')) },
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
    expect: { poll: { timeout: 120_000, interval: 10 } },
    maxWorkers: 2,
    reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
    coverage: {
      provider: 'v8',
      include: ['packages/**/src/**'],
      reporter: ['text', 'json-summary']
    }
  }
})
