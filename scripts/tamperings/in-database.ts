// What somebody who can write the database does to it, with every guard dropped and without the key.
import type { Database } from '../../packages/journals/sqlite/src/driver/database.ts'
import { openDatabase } from '../../packages/journals/sqlite/src/driver/driver.ts'
import { growTree } from '../../packages/journals/sqlite/src/store/tree.ts'
import type { BaseLogs } from './base-log.ts'
import { change, type Facts, type InSql } from './change-database.ts'
import { inHistory } from './in-history.ts'
import { inPages } from './in-pages.ts'
import { inCheckpoints, inTree } from './in-tree.ts'
import { type Found, flaw, type Mode, type Tampering } from './tampering.ts'

type Base = BaseLogs['database']

/** All tamperings with a database. */
export function databaseTamperings(base: Base): Tampering<string>[] {
  const facts = factsOf(base)
  const inSql = (name: string, sql: string, found: Found, shownBy?: readonly Mode[]) => ({
    name,
    run: (file: string) => change(file, (database) => database.exec(sql)),
    found,
    ...(shownBy && { shownBy })
  })
  return [
    ...inRecords(base, inSql),
    ...inContents(facts, inSql),
    ...inTree(base, inSql),
    ...inCheckpoints(base, facts, inSql),
    ...inPages(base),
    ...inHistory(base, facts)
  ]
}

function factsOf({ file }: Base): Facts {
  const database = openDatabase(file, { readonly: true })
  try {
    const all = (sql: string) => database.prepare(sql).pluck().all() as number[]
    const [whole = 0] = all(`SELECT id / 64 FROM contents WHERE list IS NULL AND id / 64 > 40`)
    const [parted = 0] = all(`SELECT id / 64 FROM contents WHERE list IS NOT NULL AND id / 64 > 50`)
    const [, keyChange = 0] = all(`SELECT idx FROM records WHERE header LIKE '%"key.added"%'`)
    return { whole, parted, keyChange, signed: all('SELECT size FROM checkpoints ORDER BY size') }
  } finally {
    database.close()
  }
}

function inRecords({ size }: Base, sql: InSql): Tampering<string>[] {
  const header = (value: string, at = 100) =>
    `UPDATE records SET header = ${value} WHERE idx = ${at}`
  return [
    sql(
      'a header with another word',
      header(`replace(header, '"chat"', '"chap"')`),
      flaw('changed', 100)
    ),
    sql(
      'a header with a member more',
      header(`replace(header, '{"at"', '{"a":1,"at"')`),
      flaw('changed', 100)
    ),
    sql(
      'a header with white space',
      header(`replace(header, '{"at"', '{ "at"')`),
      flaw('changed', 100)
    ),
    sql('a header that is no JSON', header(`'gone'`), flaw('changed', 100)),
    sql('an empty header', header(`''`), flaw('changed', 100)),
    sql('a header as a BLOB', header('CAST(header AS BLOB)'), flaw('changed', 100)),
    sql(
      'the header of another record',
      header('(SELECT header FROM records WHERE idx = 99)'),
      flaw('moved', 100)
    ),
    sql('two records swapped', swap(100, 103), flaw('moved', 100)),
    sql('a record dropped', 'DELETE FROM records WHERE idx = 100', flaw('missing', 100)),
    sql('the first record dropped', 'DELETE FROM records WHERE idx = 0', flaw('missing', 0)),
    sql(
      'the last three records dropped',
      `DELETE FROM records WHERE idx >= ${size - 3}`,
      flaw('truncated tail', size - 3)
    ),
    sql(
      'a record filed under another call',
      `UPDATE records SET audit_id = 'other' WHERE idx = 100`,
      flaw('moved', 100)
    ),
    sql(
      'a record filed under another stage',
      `UPDATE records SET stage = 'error' WHERE idx = 100`,
      flaw('moved', 100)
    ),
    sql(
      'a record far behind the end',
      `INSERT INTO records (idx, audit_id, stage, header) SELECT 9000000000000, 'x', stage, header FROM records WHERE idx = 5`,
      flaw('missing', size)
    ),
    sql(
      'a record before the first',
      `INSERT INTO records (idx, audit_id, stage, header) SELECT -5, 'x', stage, header FROM records WHERE idx = 5`,
      { counted: 'strays' }
    ),
    {
      name: 'a record added behind the end, with its tree',
      run: (file) => change(file, (database) => addRecord(database, size)),
      found: { counted: 'unsigned' }
    },
    sql(
      'the name of the log',
      `UPDATE meta SET value = 'example.com/other' WHERE name = 'origin'`,
      flaw('bad signature', 0)
    ),
    sql('the table of records dropped', 'DROP TABLE records', flaw('changed', 0))
  ]
}

/** A record like the last one, which says that it is the next; its leaf is in the tree. */
function addRecord(database: Database, size: number): void {
  const last = `FROM records WHERE idx = ${size - 1}`
  const header = String(database.prepare(`SELECT header ${last}`).pluck().get())
  const { auditId, stage } = JSON.parse(header)
  const forged = header
    .replace(`"index":${size - 1}`, `"index":${size}`)
    .replaceAll(auditId, auditId.replace(/^..../, 'f0f0'))
  const insert = database.prepare(
    'INSERT INTO records (idx, audit_id, stage, header) VALUES (?, ?, ?, ?)'
  )
  insert.run(size, auditId.replace(/^..../, 'f0f0'), stage, forged)
  database.exec(`INSERT INTO contents (id, name, type, salt, body, list) SELECT id + 64, name, type, salt, body, list
    FROM contents WHERE id / 64 = ${size - 1}; DELETE FROM tiles`)
  growTree(database)
}

const swap = (left: number, right: number) => `
  UPDATE records SET idx = 90000 WHERE idx = ${left};
  UPDATE records SET idx = ${left} WHERE idx = ${right};
  UPDATE records SET idx = ${right} WHERE idx = 90000;`

function inContents({ whole, parted }: Facts, sql: InSql): Tampering<string>[] {
  const mismatch = flaw('content mismatch', whole)
  const set = (what: string, index = whole) =>
    `UPDATE contents SET ${what} WHERE id = (SELECT min(id) FROM contents WHERE id / 64 = ${index})`
  const other = `(SELECT salt, body FROM contents WHERE list IS NULL AND id / 64 > ${whole + 5} LIMIT 1)`
  return [
    sql('a content changed', set(`body = CAST('"forged"' AS BLOB)`), mismatch),
    sql('a content emptied', set(`body = x''`), mismatch),
    sql('a content as TEXT', set('body = CAST(body AS TEXT)'), mismatch),
    sql('a content as a number', set('body = 7'), mismatch),
    sql('a salt changed', set('salt = randomblob(32)'), mismatch),
    sql(
      'bytes of a content moved into its salt',
      set('salt = salt || substr(body, 1, 1), body = substr(body, 2)'),
      mismatch
    ),
    sql("another record's content with its salt", set(`(salt, body) = ${other}`), mismatch),
    sql('the type of a content', set(`type = 'text/html'`), mismatch),
    sql('the name of a content', set(`name = 'output2'`), mismatch),
    sql(
      'a content that the header does not name',
      `INSERT INTO contents (id, name, type, salt, body, list) SELECT id + 9, 'more', type, salt, body, NULL FROM contents WHERE id / 64 = ${whole} LIMIT 1`,
      mismatch
    ),
    sql(
      'a content twice',
      `INSERT INTO contents (id, name, type, salt, body, list) SELECT id + 9, name, type, salt, body, NULL FROM contents WHERE id / 64 = ${whole} LIMIT 1`,
      flaw('content missing', whole)
    ),
    sql(
      'a content dropped',
      `DELETE FROM contents WHERE id / 64 = ${whole}`,
      flaw('content missing', whole)
    ),
    sql('the body of a content deleted', set('body = NULL'), flaw('content missing', whole)),
    sql(
      'a content without a record',
      `INSERT INTO contents (id, name, type, salt, body, list) SELECT id + 64 * 9000, name, type, salt, body, NULL FROM contents WHERE id / 64 = ${whole} LIMIT 1`,
      { counted: 'strays' }
    ),
    sql(
      'a part of a content changed',
      `UPDATE parts SET body = CAST('{}' AS BLOB) WHERE id = (SELECT max(id) FROM parts)`,
      flaw('content mismatch', -1)
    ),
    sql(
      'a part of a content as TEXT',
      'UPDATE parts SET body = CAST(body AS TEXT) WHERE id = (SELECT max(id) FROM parts)',
      flaw('content mismatch', -1)
    ),
    sql(
      'a part of a content dropped',
      'DELETE FROM parts WHERE id = (SELECT max(id) FROM parts)',
      flaw('content mismatch', -1)
    ),
    sql('the order of parts', set(`list = x'00000402'`, parted), flaw('content mismatch', parted)),
    sql('the list of parts as a number', set('list = 7', parted), flaw('content mismatch', parted)),
    sql('the table of contents dropped', 'DROP TABLE contents', flaw('changed', 0))
  ]
}
