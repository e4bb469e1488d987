// What somebody who can write the database does to it, with every guard dropped and without the key.
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { newPrivateKey, privateKeySigner } from '../../packages/core/src/node.ts'
import { formatNote, parseCheckpoint, signNote } from '../../packages/core/src/tlog.ts'
import type { Database } from '../../packages/journals/sqlite/src/driver/database.ts'
import { openDatabase } from '../../packages/journals/sqlite/src/driver/driver.ts'
import { growTree } from '../../packages/journals/sqlite/src/store/tree.ts'
import type { BaseLogs } from './base-log.ts'
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
    ...ofTheWhole(base, facts)
  ]
}

type InSql = (
  name: string,
  sql: string,
  found: Found,
  shownBy?: readonly Mode[]
) => Tampering<string>

/** Records that the tamperings are about. */
interface Facts {
  /** A record with a whole content, one with a content in parts, and the key that replaced another. */
  readonly whole: number
  readonly parted: number
  readonly keyChange: number
  /** Sizes of the checkpoints. */
  readonly signed: readonly number[]
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
      `INSERT INTO records SELECT 9000000000000, 'x', stage, header FROM records WHERE idx = 5`,
      flaw('missing', size)
    ),
    sql(
      'a record before the first',
      `INSERT INTO records SELECT -5, 'x', stage, header FROM records WHERE idx = 5`,
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
  const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?, ?)')
  insert.run(size, auditId.replace(/^..../, 'f0f0'), stage, forged)
  database.exec(`INSERT INTO contents SELECT id + 64, name, type, salt, body, list
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
      `INSERT INTO contents SELECT id + 9, 'more', type, salt, body, NULL FROM contents WHERE id / 64 = ${whole} LIMIT 1`,
      mismatch
    ),
    sql(
      'a content twice',
      `INSERT INTO contents SELECT id + 9, name, type, salt, body, NULL FROM contents WHERE id / 64 = ${whole} LIMIT 1`,
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
      `INSERT INTO contents SELECT id + 64 * 9000, name, type, salt, body, NULL FROM contents WHERE id / 64 = ${whole} LIMIT 1`,
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

function inTree({ size }: Base, sql: InSql): Tampering<string>[] {
  const byte = (id: number, at: number) =>
    `UPDATE tiles SET hashes = CAST(substr(hashes, 1, ${at}) || x'00' || substr(hashes, ${at + 2}) AS BLOB) WHERE id = ${id}`
  return [
    sql('a leaf hash changed', byte(0, 100 * 32), flaw('changed', 100)),
    sql('a hash above the leaves changed', byte(1, 3), flaw('changed', 0)),
    sql('a tile dropped', 'DELETE FROM tiles WHERE id = 8', flaw('missing', 256)),
    sql(
      'a tile cut short',
      'UPDATE tiles SET hashes = substr(hashes, 1, 320) WHERE id = 8',
      flaw('missing', 266)
    ),
    sql(
      'a tile that is too long',
      'UPDATE tiles SET hashes = CAST(hashes || zeroblob(32) AS BLOB) WHERE id = 0',
      flaw('changed', 0)
    ),
    sql('a tile as a number', 'UPDATE tiles SET hashes = 7 WHERE id = 8', flaw('missing', 256)),
    sql('a tile as TEXT', `UPDATE tiles SET hashes = 'text' WHERE id = 8`, flaw('missing', 256)),
    sql(
      'leaves behind the end',
      `UPDATE tiles SET hashes = CAST(hashes || zeroblob(64) AS BLOB) WHERE id = 8`,
      flaw('truncated tail', size)
    ),
    sql('a tile beyond the end', 'INSERT INTO tiles VALUES (800, zeroblob(32))', {
      counted: 'strays'
    }),
    sql('the table of tiles dropped', 'DROP TABLE tiles', flaw('changed', 0))
  ]
}

function inCheckpoints(
  { size, newest }: Base,
  { keyChange, signed }: Facts,
  sql: InSql
): Tampering<string>[] {
  const [first = 0] = signed
  const before = signed.at(-2) ?? 0
  const note = (value: string, of = size) =>
    `UPDATE checkpoints SET note = ${value} WHERE size = ${of}`
  return [
    sql(
      'a signature changed',
      note(`replace(note, substr(note, -9, 4), 'AAAA')`),
      flaw('bad signature', before)
    ),
    sql(
      'the root of a checkpoint',
      note(
        `replace(note, char(10) || substr(note, instr(note, char(10) || '${size}') + 5, 8), char(10) || 'AAAAAAAA')`
      ),
      flaw('bad signature', before)
    ),
    sql('a checkpoint that is none', note(`'none'`), flaw('bad signature', before)),
    sql('a checkpoint as a BLOB', note('CAST(note AS BLOB)'), flaw('bad signature', before)),
    sql(
      'a checkpoint under another size',
      `UPDATE checkpoints SET size = ${size - 1} WHERE size = ${size}`,
      flaw('bad signature', before)
    ),
    sql(
      'a checkpoint of size 0',
      `INSERT INTO checkpoints SELECT 0, 0, note FROM checkpoints LIMIT 1`,
      { counted: 'strays' }
    ),
    sql(
      'a checkpoint of a size that is to come',
      `INSERT INTO checkpoints SELECT ${size + 9}, 0, replace(note, '${size}', '${size + 9}') FROM checkpoints WHERE size = ${size}`,
      flaw('truncated tail', size)
    ),
    sql('the newest checkpoint dropped', `DELETE FROM checkpoints WHERE size = ${size}`, {
      counted: 'unsigned'
    }),
    sql('all checkpoints dropped', `DELETE FROM checkpoints WHERE size <> ${keyChange + 1}`, {
      counted: 'unsigned'
    }),
    sql(
      "the old key's signature for the new key dropped",
      `DELETE FROM checkpoints WHERE size = ${keyChange + 1}`,
      flaw('wrong key', keyChange)
    ),
    sql('a cosignature without its checkpoint', `INSERT INTO cosignatures VALUES (5, 'x')`, {
      counted: 'strays'
    }),
    {
      name: 'the newest checkpoint by a key of their own',
      run: (file) => signedByStranger(file, newest, size),
      found: flaw('bad signature', before)
    },
    {
      name: 'an old checkpoint by a key of their own',
      run: (file) => signedByStranger(file, newest, first),
      found: flaw('bad signature', 0)
    }
  ]
}

/** A checkpoint in the place of another, with the root that is stored there, signed by a stranger. */
async function signedByStranger(file: string, newest: string, size: number): Promise<void> {
  const { origin } = parseCheckpoint(readFileSync(newest, 'utf8'))
  const stranger = privateKeySigner(newPrivateKey(origin))
  const stored = await new Promise<string>((resolve) => {
    change(file, (database) => {
      const select = database.prepare('SELECT note FROM checkpoints WHERE size = ?').pluck()
      resolve(String(select.get(size)))
    })
  })
  const { text } = parseCheckpoint(stored).note
  const note = formatNote({ text, signatures: [await signNote(text, stranger)] })
  change(file, (database) =>
    database.prepare('UPDATE checkpoints SET note = ? WHERE size = ?').run(note, size)
  )
}

const PAGE = 16_384

function inPages({ file, size }: Base): Tampering<string>[] {
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

function ofTheWhole({ backup, size, since }: Base, { signed }: Facts): Tampering<string>[] {
  const before = signed.at(-2) ?? 0
  const old = parseCheckpoint(readFileSync(since, 'utf8')).size
  const rewrite = (database: Database, index: number) => {
    database.exec(
      `UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = ${index}; DELETE FROM tiles`
    )
    growTree(database)
  }
  return [
    {
      name: 'an old record and the tree over it rewritten',
      run: (file) => change(file, (database) => rewrite(database, 100)),
      found: flaw('rewritten history', 0)
    },
    {
      name: 'the last records and the tree over them rewritten',
      run: (file) => change(file, (database) => rewrite(database, size - 2)),
      found: flaw('rewritten history', before)
    },
    {
      name: 'the last records rewritten, and the newest checkpoint dropped',
      run: (file) =>
        change(file, (database) => {
          rewrite(database, size - 2)
          database.exec(`DELETE FROM checkpoints WHERE size = ${size}`)
        }),
      found: { counted: 'unsigned' },
      shownBy: ['outside']
    },
    {
      name: 'the last records cut off, with tree and checkpoint',
      run: (file) =>
        change(file, (database) => {
          database.exec(`DELETE FROM records WHERE idx >= ${before + 10};
            DELETE FROM contents WHERE id / 64 >= ${before + 10};
            DELETE FROM checkpoints WHERE size = ${size}; DELETE FROM tiles`)
          growTree(database)
        }),
      found: { counted: 'unsigned' },
      shownBy: ['outside']
    },
    {
      name: 'an old backup put back',
      run: (file) => copyFileSync(backup, file),
      found: undefined,
      shownBy: ['policy', 'outside']
    },
    {
      name: `all behind record ${old} cut off`,
      run: (file) =>
        change(file, (database) => {
          database.exec(`DELETE FROM records WHERE idx >= ${old}; DELETE FROM contents WHERE id / 64 >= ${old};
            DELETE FROM checkpoints WHERE size > ${old}; DELETE FROM tiles`)
          growTree(database)
        }),
      found: undefined,
      shownBy: ['policy', 'outside']
    }
  ]
}

/** Opens a copy without its guards. */
export function change(file: string, run: (database: Database) => unknown): void {
  const database = openDatabase(file)
  try {
    const triggers = `SELECT name FROM sqlite_schema WHERE type = 'trigger'`
    for (const name of database.prepare(triggers).pluck().all()) {
      database.exec(`DROP TRIGGER "${name}"`)
    }
    run(database)
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}
