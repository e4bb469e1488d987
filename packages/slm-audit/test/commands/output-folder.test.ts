import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { OutputFolder } from '../../src/export/output-folder.ts'
import type { Terminal } from '../../src/terminal.ts'

const terminal: Terminal = {
  width: 80,
  isInteractive: false,
  isGone: false,
  print: () => undefined,
  write: () => undefined,
  explain: () => undefined,
  progress: () => undefined,
  style: (_style, text) => text
}
let folder = ''
const output = () => new OutputFolder(folder, join(folder, 'audit.db'), terminal)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slm-audit-output-folder-'))
})

test('hundreds of files are there whole, for their owner alone, once they are settled', async () => {
  using files = output()
  const names = Array.from({ length: 300 }, (_, at) => `${at}.json`)
  for (const name of names) await files.put(name, `this is ${name}`)
  await files.settle()
  expect(readdirSync(folder).sort()).toEqual([...names].sort())
  for (const name of names) expect(readFileSync(join(folder, name), 'utf8')).toBe(`this is ${name}`)
  expect(statSync(join(folder, '7.json')).mode & 0o777).toBe(0o600)
})

test('what is not settled leaves nothing', async () => {
  {
    using files = output()
    await files.put('kept.json', '1')
    await files.settle()
    await files.put('half.json', '2')
  }
  expect(readdirSync(folder)).toEqual(['kept.json'])
})

test('one file that cannot be put in its place is told, and no draft stays', async () => {
  using files = output()
  await files.put('one.json', '1')
  await files.put('taken.json', '2')
  await files.put('two.json', '3')
  // Somebody makes a folder of that name meanwhile.
  mkdirSync(join(folder, 'taken.json'))
  await expect(files.settle()).rejects.toMatchObject({
    code: 'export_failed',
    message: expect.stringContaining('taken.json cannot be written')
  })
  expect(readdirSync(folder).filter((name) => name.endsWith('.draft'))).toEqual([])
  expect(existsSync(join(folder, 'one.json'))).toBe(true)
})
