// Pages of a database that are overwritten, as a disk or somebody with another program does.
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { openDatabase } from '../../packages/journals/sqlite/src/driver/driver.ts'
import type { BaseLogs } from './base-log.ts'
import { type Found, flaw, type Tampering } from './tampering.ts'

type Base = BaseLogs['database']

const PAGE = 16_384

/** Tamperings with pages. */
export function inPages({ file, size }: Base): Tampering<string>[] {
  const value = (sql: string): Uint8Array => {
    const database = openDatabase(file, { readonly: true })
    try {
      return Buffer.from(database.prepare(sql).pluck().get() as string | Uint8Array)
    } finally {
      database.close()
    }
  }
  const damage = (name: string, sql: string, found: Found): Tampering<string> => ({
    name,
    run: (target) => overwritePage(target, value(sql)),
    found
  })
  return [
    damage('a page of records', 'SELECT header FROM records WHERE idx = 100', flaw('changed', -1)),
    damage(
      'the last page of records',
      `SELECT header FROM records WHERE idx = ${size - 1}`,
      flaw('changed', -1)
    ),
    damage(
      'a page of contents',
      `SELECT body FROM contents WHERE body IS NOT NULL AND id / 64 > 100`,
      flaw('changed', -1)
    ),
    damage('a page of parts', 'SELECT body FROM parts WHERE id = 40', flaw('changed', -1)),
    damage(
      'a page of hashes',
      'SELECT substr(hashes, 1, 64) FROM tiles WHERE id = 8',
      flaw('changed', -1)
    ),
    damage('a page of checkpoints', 'SELECT note FROM checkpoints LIMIT 1', flaw('changed', -1)),
    {
      name: 'half of the file',
      run: (target) => truncateSync(target, PAGE * 4),
      found: flaw('changed', -1)
    },
    { name: 'the first page', run: (target) => overwrite(target, 0), found: flaw('changed', 0) }
  ]
}

/** Overwrites the page that holds some bytes. */
function overwritePage(file: string, bytes: Uint8Array): void {
  const at = readFileSync(file).indexOf(bytes)
  if (at < 0) throw new Error('no page holds the bytes in one piece')
  overwrite(file, Math.floor(at / PAGE))
}

function overwrite(file: string, page: number): void {
  const bytes = readFileSync(file)
  bytes.fill(0xff, page * PAGE, (page + 1) * PAGE)
  writeFileSync(file, bytes)
}
