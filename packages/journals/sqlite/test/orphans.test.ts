import { openReader } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { openDatabase } from '../src/driver/driver.ts'
import { chat, freshFile, openLog, stagesIn } from './support.ts'

/** Rows where those of records that are yet to come belong. */
const ORPHANS = [
  `INSERT INTO contents SELECT 64 * (SELECT max(idx) + 1 FROM records), 'input', type, salt, body, NULL
    FROM contents LIMIT 1`,
  `INSERT INTO contents SELECT 64 * (SELECT max(idx) + 3 FROM records), 'input', type, salt, body, NULL
    FROM contents LIMIT 1`,
  'INSERT INTO tiles VALUES (8, zeroblob(32))',
  'INSERT INTO tiles VALUES (1, zeroblob(32))'
]

test.each(['while it is closed', 'while it is open'])(
  'rows behind the end of a log, put there %s, stop no record, and are reported',
  async (when) => {
    const file = freshFile()
    let { log, problems } = await openLog({ file })
    await log.record({ ...chat, input: 'a' }, async () => 1)
    await log.flush()
    if (when === 'while it is closed') await log.close()
    const outside = openDatabase(file)
    for (const sql of ORPHANS) outside.exec(sql)
    outside.close()
    if (when === 'while it is closed') ({ log, problems } = await openLog({ file }))
    for (let at = 0; at < 150; at++) log.open({ ...chat, input: 'b' }).complete({ output: 'c' })
    await log.close()
    expect(problems.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/rows lay behind the end/)
    )
    expect(await stagesIn(file)).toEqual({ complete: 151 })
    await using reader = await openReader(file)
    expect(await reader.verify()).not.toHaveProperty('flaw')
  }
)
