import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { keptHeadPaths, newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import { parseCheckpoint } from '@slm-audit/core/tlog'
import { openReader, rotateKeyFile } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/driver/database.ts'
import { openDatabase } from '../../src/driver/driver.ts'
import { growTree } from '../../src/store/tree.ts'
import { makeLog, verify } from '../read/attack-support.ts'
import { chat, freshFile, openLog, runProgram } from '../support.ts'

/** What somebody does who can write the database and removes the heads that were kept of it. */
async function launder(file: string, run: (database: Database) => void): Promise<void> {
  for (const head of await headsOf(file)) rmSync(head, { force: true })
  const database = openDatabase(file)
  const triggers = `SELECT name FROM sqlite_schema WHERE type = 'trigger'`
  for (const name of database.prepare(triggers).pluck().all()) database.exec(`DROP TRIGGER ${name}`)
  run(database)
  database.close()
}

async function headsOf(file: string): Promise<string[]> {
  await using reader = await openReader(file)
  const key = (await reader.keys()).at(-1)
  const { origin } = parseCheckpoint((await reader.checkpoint()) ?? '')
  return keptHeadPaths({ log: file, origin, key, keyFile: `${file}.key` })
}

function rewriteTail(database: Database): void {
  database.exec('DELETE FROM checkpoints; DELETE FROM tiles')
  database.exec(`UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = 7`)
  growTree(database)
}

async function oneCall(file: string): Promise<string[]> {
  const { log, problems } = await openLog({ file })
  await log.record(chat, async () => 'later')
  await log.close()
  return problems.map(({ code }) => code)
}

const locksBeside = (file: string) =>
  readdirSync(dirname(file)).filter((name) =>
    new RegExp(`^${basename(file)}-writer-[\\w-]+$`).test(name.replace(/-journal$/, '.journal'))
  )

describe('an end of the log that nobody has signed', () => {
  test('is said in the log before it is signed, and told, with no head left to compare', async () => {
    const file = freshFile()
    await makeLog(file)
    await launder(file, rewriteTail)
    expect(await oneCall(file)).toEqual(['history_rewritten'])
    const report = await verify(file)
    expect(report.signedLate).toEqual([{ index: 9, from: 0, records: 9 }])
    expect(report).toMatchObject({ checkpoints: 1, unsigned: 0 })
    // Once it is said, the log goes on as ever.
    expect(await oneCall(file)).toEqual([])
    expect((await verify(file)).signedLate).toHaveLength(1)
  })

  test('is said as well where the key is changed next', async () => {
    const file = freshFile()
    await makeLog(file)
    await launder(file, rewriteTail)
    await rotateKeyFile(file, `${file}.key`)
    expect((await verify(file)).signedLate).toEqual([{ index: 9, from: 0, records: 9 }])
  })

  test('is said where somebody puts the lock of a dead process there and the heads are gone', async () => {
    const file = freshFile()
    await makeLog(file)
    await oneCall(file)
    await launder(file, (database) => {
      database.exec('DELETE FROM checkpoints WHERE size > 9; DELETE FROM tiles')
      database.exec(
        `UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = 10`
      )
      growTree(database)
    })
    openDatabase(`${file}-writer-0000`).close()
    expect(await oneCall(file)).toEqual(['history_rewritten'])
    expect((await verify(file)).signedLate).toEqual([{ index: 11, from: 9, records: 2 }])
  })

  test('is what a killed process leaves: it is signed, and nothing is said', async () => {
    const file = freshFile()
    const { signal } = await runProgram('calls', file, 'process', '3', 'kill')
    expect(signal).toBe('SIGKILL')
    expect(locksBeside(file)).toHaveLength(1)
    expect(await oneCall(file)).toEqual([])
    expect(await verify(file)).toMatchObject({ signedLate: [], unsigned: 0 })
  })

  test('keeps the lock of a process whose signer failed, and nothing is said', async () => {
    const file = freshFile()
    const signer = privateKeySigner(newPrivateKey('example.com/log'))
    let fails = true
    const key = {
      key: signer.key,
      sign: (message: Uint8Array) => {
        if (fails) throw new Error('the service is away')
        return signer.sign(message)
      }
    }
    const first = await openLog({ file, key })
    await first.log.record(chat, async () => 1)
    await first.log.close()
    expect(locksBeside(file)).toHaveLength(1)
    fails = false
    const second = await openLog({ file, key })
    await second.log.close()
    expect(second.problems).toEqual([])
    expect(await verify(file)).toMatchObject({ signedLate: [], unsigned: 0 })
    expect(locksBeside(file)).toEqual([])
  })

  test('is not said of a copy that was made while the log was in use: it has the mark of its writer', async () => {
    const file = freshFile()
    const { log } = await openLog({ file, checkpoints: { everyMs: 600_000 } })
    await log.record(chat, async () => 1)
    await log.flush()
    const copy = freshFile()
    openDatabase(file).exec(`VACUUM INTO '${copy}'`)
    copyFileSync(`${file}.key`, `${copy}.key`)
    await log.close()
    expect(await oneCall(copy)).toEqual([])
    expect(await verify(copy)).toMatchObject({ signedLate: [], unsigned: 0 })
  })

  test('is said where a killed process left it and both heads are put back to an older checkpoint', async () => {
    const file = freshFile()
    await makeLog(file)
    const heads = (await headsOf(file)).map((path) => [path, readFileSync(path)] as const)
    const { signal } = await runProgram('calls', file, 'process', '3', 'kill')
    expect(signal).toBe('SIGKILL')
    await launder(file, (database) => {
      database.exec('DELETE FROM checkpoints WHERE size > 9; DELETE FROM tiles')
      database.exec(
        `UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = 10`
      )
      growTree(database)
    })
    for (const [path, note] of heads) writeFileSync(path, note)
    expect(await oneCall(file)).toEqual(['history_rewritten'])
    expect((await verify(file)).signedLate).toMatchObject([{ from: 9 }])
  })
})

test('a kept head that may not be read is named by verification', async () => {
  const made = freshFile()
  await makeLog(made)
  const file = freshFile()
  chmodSync(dirname(file), 0o755)
  copyFileSync(made, file)
  chmodSync(file, 0o444)
  const head = `${file}.key.head`
  copyFileSync(`${made}.key.head`, head)
  chmodSync(head, process.getuid?.() === 0 ? 0o600 : 0)
  const stranger = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const program = new URL('../programs/read-only.ts', import.meta.url).pathname
  const { stdout } = spawnSync(process.execPath, [program, file], { ...stranger, encoding: 'utf8' })
  expect(JSON.parse(stdout).unreadHeads).toContain(head)
})

describe('a change of keys', () => {
  test('keeps no head in the state folder where the log keeps none there', async () => {
    const file = freshFile()
    const { log } = await openLog({ file, stateFolder: false })
    await log.record(chat, async () => 1)
    await log.close()
    await rotateKeyFile(file, `${file}.key`)
    expect((await headsOf(file)).map((path) => existsSync(path))).toEqual([true, false])
  })
})

test('a head beside a key that is kept elsewhere is compared where verification is told of it', async () => {
  const file = freshFile()
  const keyFile = join(dirname(freshFile()), 'elsewhere.key')
  const options = { file, key: { file: keyFile }, stateFolder: false }
  for (let at = 0; at < 2; at++) {
    const { log } = await openLog(options)
    await log.record(chat, async () => at)
    await log.close()
  }
  const database = openDatabase(file)
  for (const name of ['records_no_delete', 'tiles_no_delete', 'checkpoints_no_delete']) {
    database.exec(`DROP TRIGGER ${name}`)
  }
  database.exec('DELETE FROM checkpoints WHERE size > 3; DELETE FROM records WHERE idx > 2')
  database.exec('DELETE FROM tiles')
  growTree(database)
  database.close()
  expect((await verify(file)).flaw).toBeUndefined()
  expect((await verify(file, { keyFile })).flaw).toMatchObject({ kind: 'truncated tail', index: 3 })
})
