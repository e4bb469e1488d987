import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reader } from '@slm-audit/core/reader'
import { expect, test, vi } from 'vitest'
import { checkDirectory, checkFiles } from '../../src/doctor/check-files.ts'
import type { Terminal } from '../../src/terminal.ts'

const asked = vi.hoisted((): string[] => [])
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  const statfsSync = (path: string) => {
    asked.push(path)
    return fs.statfsSync(path)
  }
  return { ...fs, statfsSync }
})

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'slm-audit-')))

test('the disk of a log in files is the one that its directory is on, which may be a volume of its own', () => {
  checkDirectory(folder)
  expect(asked.splice(0)).toEqual([folder])
})

test('the disk of a database is the one that its file is on, also behind a link', async () => {
  const volume = join(folder, 'volume')
  mkdirSync(volume)
  writeFileSync(join(volume, 'audit.db'), '', { mode: 0o600 })
  symlinkSync(join(volume, 'audit.db'), join(folder, 'audit.db'))
  const reader = { query: async () => ({ items: [], behind: 0 }) } as object as Reader
  const words = { terminal: {} as Terminal, isDatabase: true, of: (text: string) => text }
  await checkFiles(join(folder, 'audit.db'), reader, words)
  expect(asked.splice(0)).toEqual([volume])
})
