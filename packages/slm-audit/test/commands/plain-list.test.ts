import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { isPlainList } from '../../src/is-plain-list.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('a list of a file here is plain, and none that reads a configuration, keys or another store', () => {
  const isPlain = (line: string) => isPlainList(line.split(' '))
  expect(isPlain('list')).toBe(true)
  expect(isPlain('list refund --file audit.db --json --limit 5')).toBe(true)
  for (const line of [
    'show 7',
    '--help',
    'list --config other.ts',
    'list --config=other.ts',
    'list --file postgres://localhost/audit',
    'list --key-file k',
    'list --contents-keys k',
    'list --identity i'
  ]) {
    expect([line, isPlain(line)]).toEqual([line, false])
  }
  for (const name of ['SLM_AUDIT_DATABASE_KEY', 'SLM_AUDIT_CONTENTS_KEYS']) {
    vi.stubEnv(name, 'secret')
    expect(isPlain('list')).toBe(false)
    vi.stubEnv(name, '')
  }
  vi.stubEnv('SLM_AUDIT_FILE', 's3://bucket/log')
  expect(isPlain('list')).toBe(false)
})

test('a configuration that is a program in the working folder makes a list no plain one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
  vi.spyOn(process, 'cwd').mockReturnValue(folder)
  expect(isPlainList(['list'])).toBe(true)
  writeFileSync(join(folder, 'slm-audit.config.mjs'), 'export default {}')
  expect(isPlainList(['list'])).toBe(false)
})
