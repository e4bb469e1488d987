import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { isQuick } from '../../src/is-quick.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('a command that reads a file here is quick, and none that reads a configuration, keys or another store', () => {
  const isQuickLine = (line: string) => isQuick(line.split(' '))
  expect(isQuickLine('list')).toBe(true)
  expect(isQuickLine('list refund --file audit.db --json --limit 5')).toBe(true)
  expect(isQuickLine('show 7')).toBe(true)
  expect(isQuickLine('verify --strict')).toBe(true)
  for (const line of [
    'export --format csv',
    '--help',
    'list --config other.ts',
    'list --config=other.ts',
    'list --file postgres://localhost/audit',
    'list --key-file k',
    'list --contents-keys k',
    'list --identity i'
  ]) {
    expect([line, isQuickLine(line)]).toEqual([line, false])
  }
  for (const name of ['SLM_AUDIT_DATABASE_KEY', 'SLM_AUDIT_CONTENTS_KEYS']) {
    vi.stubEnv(name, 'secret')
    expect(isQuickLine('list')).toBe(false)
    vi.stubEnv(name, '')
  }
  vi.stubEnv('SLM_AUDIT_FILE', 's3://bucket/log')
  expect(isQuickLine('list')).toBe(false)
})

test('a configuration that is a program in the working folder makes a list no quick one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
  vi.spyOn(process, 'cwd').mockReturnValue(folder)
  expect(isQuick(['list'])).toBe(true)
  writeFileSync(join(folder, 'slm-audit.config.mjs'), 'export default {}')
  expect(isQuick(['list'])).toBe(false)
})
