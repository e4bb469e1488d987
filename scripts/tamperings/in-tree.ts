// What somebody does to the hashes and the checkpoints of a database.
import { readFileSync } from 'node:fs'
import { newPrivateKey, privateKeySigner } from '../../packages/core/src/node.ts'
import { formatNote, parseCheckpoint, signNote } from '../../packages/core/src/tlog.ts'
import type { BaseLogs } from './base-log.ts'
import { change, type Facts, type InSql } from './change-database.ts'
import { flaw, type Tampering } from './tampering.ts'

type Base = BaseLogs['database']

/** Tamperings with hashes. */
export function inTree({ size }: Base, sql: InSql): Tampering<string>[] {
  const byte = (id: number, at: number) =>
    `UPDATE tiles SET hashes = CAST(substr(hashes, 1, ${at}) || x'00' || substr(hashes, ${at + 2}) AS BLOB) WHERE id = ${id}`
  const asText = (id: number) => `UPDATE tiles SET hashes = CAST(hashes AS TEXT) WHERE id = ${id}`
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
    sql('a tile as a number', 'UPDATE tiles SET hashes = 7 WHERE id = 8', flaw('changed', 256)),
    sql('a tile as TEXT', `UPDATE tiles SET hashes = 'text' WHERE id = 8`, flaw('changed', 256)),
    sql('a tile above the leaves as TEXT', asText(1), flaw('changed', 0)),
    sql('a tile with its own bytes as TEXT', asText(0), flaw('changed', 0)),
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

/** Tamperings with checkpoints. */
export function inCheckpoints(
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
