import { openReader } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile, openLog, stagesIn } from '../support.ts'

/** Rows where those of records that are yet to come belong. */
const ORPHANS = [
  `INSERT INTO contents (id, name, type, salt, body, list) SELECT 64 * (SELECT max(idx) + 1 FROM records), 'input', type, salt, body, NULL
    FROM contents LIMIT 1`,
  `INSERT INTO contents (id, name, type, salt, body, list) SELECT 64 * (SELECT max(idx) + 3 FROM records), 'input', type, salt, body, NULL
    FROM contents LIMIT 1`,
  'INSERT INTO tiles VALUES (8, zeroblob(32))',
  'INSERT INTO tiles VALUES (1, zeroblob(32))'
]
/** Records that no append wrote: one that follows, one that leaves a hole, one that is no record at all. */
const STRAYS = [
  `INSERT INTO records (idx, audit_id, stage, header) SELECT max(idx) + 1, 'forged', 'event', header FROM records`,
  `DROP TRIGGER records_in_order`,
  `INSERT INTO records (idx, audit_id, stage, header) SELECT max(idx) + 300, 'forged too', 'event', header FROM records`,
  `INSERT INTO records (idx, audit_id, stage, header) SELECT max(idx) + 1, 'nothing', 'nothing', 'nothing' FROM records`
]

/** Rows that no statement of this package stores, in all other tables. */
const OTHERS = [
  `INSERT INTO parts (id, salt, body) VALUES (1000, x'00', 'x'), (9223372036854775807, x'00', 'x')`,
  `INSERT INTO cosignatures VALUES (99999, 'x')`,
  `INSERT INTO calls_in_flight VALUES ('nobody', 'someone'), ('somebody', '../../x')`,
  `INSERT INTO spools VALUES ('x', 'y')`,
  `INSERT INTO exporters VALUES ('x', -5, 'y')`,
  `INSERT INTO set_aside VALUES ('x', 4, 'y', 'z')`,
  `DELETE FROM meta WHERE name = 'erasures'`,
  `INSERT INTO contents (id, name, type, salt, body, list) VALUES (-5, 'input', 'text/plain', x'00', 'x', NULL)`,
  `INSERT INTO tiles VALUES (-8, x'00')`
]

test('odd rows in any table, put there while it is open, stop no record and no signature', async () => {
  const file = freshFile()
  const { log, problems } = await openLog({ file })
  await log.record({ ...chat, input: 'a' }, async () => 1)
  await log.flush()
  const outside = openDatabase(file)
  for (const sql of OTHERS) outside.exec(sql)
  outside.exec(`INSERT INTO checkpoints VALUES (99999, 0, 'nothing')`)
  outside.close()
  const turn = { messages: [{ role: 'user', content: 'b'.repeat(300) }] }
  for (let at = 0; at < 5; at++) {
    log.withContext({ session: 's' }, () => log.open({ ...chat, input: turn }).complete({}))
  }
  await log.close()
  expect(problems).toEqual([])
  expect(await stagesIn(file)).toEqual({ complete: 6 })
  const looking = openDatabase(file, { readonly: true })
  const signed = looking.prepare('SELECT size FROM checkpoints ORDER BY size').pluck().all()
  looking.close()
  // The key, and two records a call.
  expect(signed).toEqual([13, 99_999])
})

test.each([
  ['rows', 'while it is closed', ORPHANS, 0],
  ['rows', 'while it is open', ORPHANS, 0],
  ['a record', 'while it is closed', STRAYS.slice(0, 1), 1],
  ['a record', 'while it is open', STRAYS.slice(0, 1), 1],
  ['records and rows', 'while it is closed', [...STRAYS, ...ORPHANS], 3],
  ['records and rows', 'while it is open', [...STRAYS, ...ORPHANS], 3]
])(
  'with %s behind the end of a log, put there %s, calls are recorded as before, and it is told',
  async (_, when, statements, records) => {
    const file = freshFile()
    let { log, problems } = await openLog({ file })
    await log.record({ ...chat, input: 'a' }, async () => 1)
    await log.flush()
    if (when === 'while it is closed') await log.close()
    const outside = openDatabase(file)
    for (const sql of statements) outside.exec(sql)
    outside.close()
    if (when === 'while it is closed') ({ log, problems } = await openLog({ file }))
    for (let at = 0; at < 150; at++) log.open({ ...chat, input: 'b' }).complete({ output: 'c' })
    await log.close()
    expect(problems.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/rows lay behind the end/)
    )
    expect(await stagesIn(file)).toEqual({ complete: 151 })
    await using reader = await openReader(file)
    const report = await reader.verify()
    expect(report).not.toHaveProperty('flaw')
    expect(report.unsigned).toBe(0)
    const { items } = await reader.query({ kind: 'log.recovered' })
    const events = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
    expect(events.map((event) => event?.record.event)).toEqual(records > 0 ? [{ records }] : [])
    const looking = openDatabase(file, { readonly: true })
    const strays = records > 0 ? looking.prepare('SELECT audit_id FROM strays').all() : []
    looking.close()
    expect(strays).toHaveLength(records)
  }
)
