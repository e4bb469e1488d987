import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { keptHeadPaths } from '@slm-audit/core/node'
import { parseCheckpoint } from '@slm-audit/core/tlog'
import { openReader, rotateKeyFile } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/driver/database.ts'
import { openDatabase } from '../../src/driver/driver.ts'
import { growTree } from '../../src/store/tree.ts'
import { makeLog, verify } from '../read/attack-support.ts'
import { chat, freshFile, openLog } from '../support.ts'

/** What somebody does to the database alone, with every guard dropped; the key stays out of reach. */
function forge(file: string, run: (database: Database) => void): void {
  const database = openDatabase(file)
  const triggers = `SELECT name FROM sqlite_schema WHERE type = 'trigger'`
  for (const name of database.prepare(triggers).pluck().all()) database.exec(`DROP TRIGGER ${name}`)
  run(database)
  database.close()
}

function rewriteTail(database: Database): void {
  database.exec('DELETE FROM checkpoints; DELETE FROM tiles')
  database.exec(`UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = 7`)
  growTree(database)
}

function cutTail(database: Database): void {
  database.exec('DELETE FROM checkpoints; DELETE FROM tiles; DELETE FROM records WHERE idx > 6')
  database.exec('DELETE FROM contents WHERE id >= 7 * 64')
  growTree(database)
}

/** The application starts again, makes a call and ends. */
async function startAgain(file: string, calls = 1): Promise<string[]> {
  const { log, problems } = await openLog({ file })
  for (let call = 0; call < calls; call++) await log.record(chat, async () => 'later')
  await log.close()
  return problems.map(({ code, message }) => `${code} ${message}`)
}

async function headsOf(file: string): Promise<[beside: string, inState: string]> {
  await using reader = await openReader(file)
  const key = (await reader.keys()).at(-1)
  const { origin } = parseCheckpoint((await reader.checkpoint()) ?? '')
  return keptHeadPaths({ log: file, origin, key, keyFile: `${file}.key` }) as [string, string]
}

describe('the newest signed head', () => {
  test('is kept beside the key and in the state folder, for its owner alone', async () => {
    const file = freshFile()
    const checkpoint = await makeLog(file)
    for (const path of await headsOf(file)) expect(readFileSync(path, 'utf8')).toBe(checkpoint)
  })

  test('is kept beside the key alone where the state folder is turned off', async () => {
    const file = freshFile()
    const { log } = await openLog({ file, stateFolder: false })
    await log.record(chat, async () => 'hi')
    await log.close()
    expect((await headsOf(file)).map((path) => existsSync(path))).toEqual([true, false])
  })

  test.each([
    ['rewritten', rewriteTail, 'rewritten history'],
    ['cut off', cutTail, 'truncated tail']
  ])(
    'a tail that was %s is not signed, and told, also without one of the two',
    async (_how, run, kind) => {
      for (const lost of [undefined, 0, 1] as const) {
        const file = freshFile()
        await makeLog(file)
        const heads = await headsOf(file)
        if (lost !== undefined) rmSync(heads[lost])
        forge(file, run)
        expect((await verify(file)).flaw).toMatchObject({ kind })
        const problems = await startAgain(file)
        expect(problems).toEqual([expect.stringMatching(/^history_rewritten .*kept at/)])
        const report = await verify(file)
        expect(report.checkpoints).toBe(0)
        expect(report.flaw).toBeDefined()
      }
    }
  )

  test('a tail that was cut off and grown again beyond the head is found as well', async () => {
    const file = freshFile()
    await makeLog(file)
    forge(file, cutTail)
    expect(await startAgain(file, 5)).toEqual([expect.stringMatching(/^history_rewritten /)])
    expect((await verify(file)).flaw).toMatchObject({ kind: 'rewritten history' })
  })

  test('a forged log gets no new key', async () => {
    const file = freshFile()
    await makeLog(file)
    forge(file, rewriteTail)
    const rotation = rotateKeyFile(file, `${file}.key`)
    await expect(rotation).rejects.toMatchObject({ code: 'history_rewritten' })
  })

  test('a backup put back on purpose is signed again once the heads are moved away', async () => {
    const file = freshFile()
    await makeLog(file)
    const backup = freshFile()
    copyFileSync(file, backup)
    await startAgain(file)
    copyFileSync(backup, file)
    expect(await startAgain(file)).toEqual([expect.stringMatching(/move that file elsewhere/)])
    for (const path of await headsOf(file)) rmSync(path, { force: true })
    // What was recorded while nothing was signed is signed now, and the log says so.
    expect(await startAgain(file)).toEqual([expect.stringMatching(/had no signature/)])
    expect(await startAgain(file)).toEqual([])
    expect((await verify(file)).flaw).toBeUndefined()
  })

  test('a file in its place that is not a checkpoint is told, not written over', async () => {
    const file = freshFile()
    await makeLog(file)
    writeFileSync(`${file}.key.head`, 'nothing')
    expect(await startAgain(file)).toEqual([expect.stringMatching(/holds no checkpoint/)])
    expect(readFileSync(`${file}.key.head`, 'utf8')).toBe('nothing')
  })
})
