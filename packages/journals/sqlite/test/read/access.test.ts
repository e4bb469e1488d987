import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AccessOptions } from '@slm-audit/core/reader'
import { annotateCalls, exportTiles, openReader, openSealedLog } from '@slm-audit/sqlite'
import { beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { freshFile, openLog } from '../support.ts'
import { accessesIn, writeLog } from './access-support.ts'

let file = ''

beforeEach(async () => {
  file = await writeLog()
})

const accesses = () => accessesIn(file)
const open = (access: AccessOptions = {}) => openReader(file, { access: { by: 'ann', ...access } })

describe('a log that records who reads it', () => {
  test('does so for each kind of reading, with who, why, what and how many', async () => {
    {
      await using reader = await open({ reason: 'INC-7' })
      const { items } = await reader.query('stage:complete')
      await reader.get(items[0]?.auditId ?? '')
      await reader.session('s')
      await reader.search('refund')
      await reader.prove('2')
      await reader.verify()
      // Figures and keys show no contents.
      await reader.stats()
      await reader.facets('model')
      await reader.keys()
    }
    using log = openSealedLog(file, { access: { by: 'ann' } })
    expect([...log.records()].length).toBeGreaterThan(5)
    const said = { by: 'ann', reason: 'INC-7', view: 'whole' }
    expect(await accesses()).toMatchObject([
      { ...said, action: 'list', what: 'stage:complete', calls: 2 },
      { ...said, action: 'show', calls: 1 },
      { ...said, action: 'prove', what: '2', calls: 1 },
      { ...said, action: 'verify', records: expect.any(Number) },
      { action: 'export', by: 'ann', records: expect.any(Number) }
    ])
  })

  test('records an access before anything is given', async () => {
    await using reader = await open()
    const database = openDatabase(file)
    database.exec(
      `CREATE TRIGGER full BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'full'); END`
    )
    const problem = {
      code: 'journal_unavailable',
      message: expect.stringContaining('who reads it')
    }
    await expect(reader.query()).rejects.toMatchObject(problem)
    await expect(reader.get('2')).rejects.toMatchObject(problem)
    expect(() => openSealedLog(file).recordsOf('x')).toThrow('who reads it')
    expect(() => exportTiles(file, join(dirname(file), 'tiles'))).toThrow('who reads it')
    // What is wrong with a log is not held back.
    expect((await reader.verify()).flaw).toBeUndefined()
    database.close()
  })

  test('gives nothing once it is no longer where it was, and makes no log there', async () => {
    await using reader = await open()
    renameSync(file, `${file}.old`)
    await expect(reader.query()).rejects.toMatchObject({
      code: 'journal_unavailable',
      message: expect.stringContaining('deleted or replaced')
    })
    expect(existsSync(file)).toBe(false)
    renameSync(`${file}.old`, file)
    expect((await reader.query()).items.length).toBeGreaterThan(0)
  })

  test('keeps the setting in itself, and takes it to copies', async () => {
    const { log, problems } = await openLog({ file })
    await log.close()
    expect(problems).toEqual([])
    {
      await using reader = await open()
      await reader.query()
    }
    expect(await accesses()).toMatchObject([{ action: 'list', by: 'ann' }])
  })

  test('does not fill itself while a page looks again and again', async () => {
    await using reader = await open()
    for (let at = 0; at < 5; at++) await reader.query()
    expect(await accesses()).toHaveLength(1)
  })

  test('is not suspected for the records of readers without its key', async () => {
    {
      await using reader = await open()
      await reader.query()
    }
    const { log, problems } = await openLog({ file })
    await log.close()
    expect(problems).toEqual([])
    await using reader = await open()
    expect(await reader.verify()).toMatchObject({ signedLate: [], unsigned: 0 })
  })

  test('is not begun by reading', async () => {
    file = await writeLog(false)
    {
      await using reader = await open()
      await reader.query()
    }
    expect(await accesses()).toEqual([])
  })

  test('is not begun by a tag of a call that somebody annotates', async () => {
    file = freshFile()
    const { log } = await openLog({ file })
    const calls: string[] = []
    await log.withContext({ tags: { kind: 'access.audited' } }, () =>
      log.record({ operation: 'chat', provider: 'p', input: 'x' }, async ({ auditId }) => {
        calls.push(auditId)
        return 'y'
      })
    )
    await log.close()
    await annotateCalls(file, { calls, annotation: { note: 'seen' } })
    {
      await using reader = await open()
      await reader.query()
    }
    expect(await accesses()).toEqual([])
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'a log on read-only ground is verified, and shows nothing',
  () => {
    chmodSync(dirname(file), 0o755)
    chmodSync(file, 0o444)
    const program = `
    import { openReader } from '@slm-audit/sqlite'
    await using reader = await openReader(${JSON.stringify(file)})
    const { checked } = await reader.verify()
    console.log(checked > 5, await reader.query().catch((error) => error.code))`
    const options = {
      uid: 65_534,
      gid: 65_534,
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '..')
    } as const
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], options)
    expect(out.trim()).toBe('true journal_unavailable')
  }
)
