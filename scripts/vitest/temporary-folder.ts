// Vitest's global set-up: what tests make in the temporary folder goes when they have ended, also those that failed.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

/** Gives the tests a temporary folder and a state folder of this run's own; the function that it returns removes them. */
export function setup({ config }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-tests-'))
  // Servers that tests start run as another user where the tests run as root, and must get through.
  chmodSync(folder, 0o711)
  const state = join(folder, 'state')
  mkdirSync(state)
  config.env = {
    ...config.env,
    TMPDIR: folder,
    TEMP: folder,
    TMP: folder,
    // Tests leave nothing in the state folder of whoever runs them.
    SLM_AUDIT_STATE_DIR: state
  }
  // A program that a test has left behind may still write there.
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
