import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { AuditContext } from '@slm-audit/core'
import { parseRecord, readErasure } from '@slm-audit/core/journal'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { checkTlogProof, parseTlogProof, parseTrustPolicy } from '@slm-audit/core/tlog'
import {
  defaultKeyFile,
  type EraseScope,
  eraseContents,
  openReader,
  reindex,
  sqliteExporter
} from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { sealedIn, unguarded, verdictOn } from '../conversations.ts'
import { aroundStatements } from '../statements.ts'
import { freshFile, openLog, runProgram } from '../support.ts'

const ALICE: AuditContext = { user: 'alice', session: 'a-1' }
const BOB: AuditContext = { user: 'bob', session: 'b-1' }

/** Records two turns of a conversation each for Alice and Bob, and an annotation about Alice's first call. */
async function written(file = freshFile(), exporters: Parameters<typeof sqliteExporter>[0][] = []) {
  const { log } = await openLog({ file }, { exporters: exporters.map(sqliteExporter) })
  for (const [context, word] of [
    [ALICE, 'alicewords'],
    [BOB, 'bobwords']
  ] as const) {
    await log.withContext(context, async () => {
      const history = [{ role: 'user', content: `first ${word}` }]
      await chat(log, history, `${word} answered`)
      history.push({ role: 'assistant', content: `${word} answered` })
      history.push({ role: 'user', content: `second ${word}` })
      await chat(log, history, `${word} again`)
    })
  }
  await log.close()
  return file
}

type Log = Awaited<ReturnType<typeof openLog>>['log']

async function chat(log: Log, input: unknown, answer: string): Promise<void> {
  const request = { operation: 'chat', provider: 'test', model: 'm', input: structuredClone(input) }
  await log.record(request, async () => ({ role: 'assistant', content: answer }))
}

function erase(file: string, scope: EraseScope, more = {}) {
  const keyFile = defaultKeyFile(file)
  const signer = privateKeySigner(readKeyFile(keyFile))
  return eraseContents(file, {
    scope,
    reason: 'asked for',
    by: 'officer',
    signer,
    keyFile,
    ...more
  })
}

/** The files of a log, and those beside it, that hold a text. */
function filesWith(file: string, text: string): string[] {
  const folder = dirname(file)
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return paths.filter((path) => readFileSync(path).includes(text)).map((path) => basename(path))
}

async function found(file: string, text: string): Promise<number> {
  await using reader = await openReader(file)
  return (await reader.search(text)).items.length
}

describe('an erasure', () => {
  test('takes the words of a person out of every file, and leaves those of others', async () => {
    const file = await written()
    expect(filesWith(file, 'alicewords')).not.toEqual([])
    const report = await erase(file, { user: 'alice' })
    expect(report).toMatchObject({ calls: 2, records: 4, sharing: 0, isLogEmpty: true })
    expect(filesWith(file, 'alicewords')).toEqual([])
    expect(await found(file, 'alicewords')).toBe(0)
    expect(await found(file, 'bobwords')).toBe(2)
  })

  test('leaves headers and proofs valid, and is a record that is signed', async () => {
    const file = await written()
    await using before = await openReader(file)
    const calls = await before.query({ user: 'alice' })
    const auditId = calls.items[0]?.auditId ?? ''
    const proved = await before.prove(auditId)
    const headers = [...sealedIn(file)].map(({ header }) => header)
    await erase(file, { user: 'alice' })
    const verdict = await verdictOn(file)
    expect(verdict).toMatchObject({ unexplained: 0, unsigned: 0 })
    expect(verdict.flaw).toBeUndefined()
    expect(verdict.absentContents).toBeGreaterThan(3)
    const after = [...sealedIn(file)]
    expect(after.slice(0, headers.length).map(({ header }) => header)).toEqual(headers)
    const policy = parseTrustPolicy(`log ${(await before.keys())[0]}\nquorum none\n`)
    for (const { record, proof } of proved) {
      const entry = Buffer.from(record.header)
      const verdict = await checkTlogProof(parseTlogProof(proof), entry, policy)
      expect(verdict).toMatchObject({ accepted: true })
    }
    const last = after.find(({ header }) => header.includes('"contents.erased"'))
    if (!last) throw new Error('no record of the erasure')
    const record = parseRecord(last)
    expect(record).toMatchObject({ kind: 'contents.erased', event: { scope: 'user', records: 4 } })
    expect(last.header).not.toMatch(/alice|officer|asked/)
    expect(readErasure(last).records).toEqual([4, 5, 6, 7].map((index) => index - 3))
    const texts = last.contents.map(({ name, body }) => [name, Buffer.from(body ?? []).toString()])
    expect(Object.fromEntries(texts)).toMatchObject({ by: 'officer', reason: 'asked for' })
  })

  test('says of each call what is gone', async () => {
    const file = await written()
    await erase(file, { session: 'a-1' })
    await using reader = await openReader(file)
    const [call] = (await reader.query({ session: 'a-1' })).items
    expect(call).toMatchObject({ user: 'alice', stage: 'complete' })
    expect(call).not.toHaveProperty('question')
    expect(call).not.toHaveProperty('answer')
    const whole = await reader.get(call?.auditId ?? '')
    expect(whole?.flaw).toBeUndefined()
    expect(whole?.absent?.map(({ name }) => name)).toEqual(expect.arrayContaining(['input']))
  })

  test('of one call takes what its conversation shares with it, and names the others', async () => {
    const file = await written()
    await using reader = await openReader(file)
    const { items } = await reader.query({ user: 'alice' })
    const first = items.at(-1)?.auditId ?? ''
    expect(await erase(file, { calls: [first] })).toMatchObject({ calls: 1, sharing: 1 })
    expect(await found(file, 'first')).toBe(1)
    expect(filesWith(file, 'first alicewords')).toEqual([])
    const second = await reader.get(items[0]?.auditId ?? '')
    expect(second?.absent).toMatchObject([{ name: 'input' }])
    expect(JSON.stringify(second?.contents)).toMatch(/second alicewords/)
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })

  test('looks for shared turns in the log as often for many conversations as for two', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    for (let session = 0; session < 12; session++) {
      const context = { user: session < 2 ? 'alice' : 'bob', session: `s-${session}` }
      await log.withContext(context, () => chat(log, [{ role: 'user', content: 'words' }], 'said'))
    }
    await log.close()
    const looks = async (user: string) => {
      let count = 0
      const undo = aroundStatements(['prepare'], (sql, run) => {
        count += Number(/FROM records/.test(sql))
        return run()
      })
      try {
        const report = await erase(file, { user }, { dryRun: true })
        expect(report.calls).toBe(user === 'alice' ? 2 : 10)
      } finally {
        undo()
      }
      return count
    }
    expect(await looks('bob')).toBe(await looks('alice'))
  })

  test('that is rehearsed says the same and changes nothing', async () => {
    const file = await written()
    const before = readFileSync(file)
    const rehearsed = await erase(file, { user: 'alice' }, { dryRun: true })
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(await erase(file, { user: 'alice' })).toEqual(rehearsed)
  })

  test('of nobody, or done again, writes no record', async () => {
    const file = await written()
    await erase(file, { user: 'alice' })
    const { size } = await verdictOn(file)
    expect(await erase(file, { user: 'alice' })).toMatchObject({ contents: 0 })
    expect(await erase(file, { user: 'nobody' })).toMatchObject({ calls: 0 })
    expect((await verdictOn(file)).size).toBe(size)
  })

  test('goes on beside an application that writes, whose later turns do not bring back what is gone', async () => {
    const file = freshFile()
    const { log, problems } = await openLog({ file })
    const history = [{ role: 'user', content: 'first alicewords' }]
    await log.withContext(ALICE, () => chat(log, history, 'alicewords answered'))
    await log.flush()
    await erase(file, { user: 'alice' })
    history.push({ role: 'user', content: 'second question' })
    await log.withContext(ALICE, () => chat(log, history, 'later'))
    await log.close()
    expect(problems).toEqual([])
    const verdict = await verdictOn(file)
    expect(verdict.flaw).toBeUndefined()
    await using reader = await openReader(file)
    const [later] = (await reader.query({ user: 'alice' })).items
    // The application sent it again, after the erasure.
    expect((await reader.get(later?.auditId ?? ''))?.contents.input).toEqual(history)
  })

  test('takes in first what a killed process left', async () => {
    const file = await written()
    expect((await runProgram('killed-talk', file)).signal).toBe('SIGKILL')
    expect(filesWith(file, 'at the end')).not.toEqual([])
    expect(await erase(file, { user: 'alice' })).toMatchObject({ calls: 3, spoolsLeft: 0 })
    expect(filesWith(file, 'alicewords')).toEqual([])
    const { log } = await openLog({ file })
    await log.close()
    expect(filesWith(file, 'alicewords')).toEqual([])
  })

  test('is followed by a copy', async () => {
    const [file, copy] = [freshFile(), freshFile()]
    await written(file, [{ file: copy }])
    const { exporters } = await erase(file, { user: 'alice' })
    expect(exporters).toEqual(['sqlite'])
    const { log } = await openLog({ file }, { exporters: [sqliteExporter({ file: copy })] })
    await log.close()
    expect(filesWith(copy, 'alicewords')).toEqual([])
    expect(await found(copy, 'bobwords')).toBe(2)
    expect((await verdictOn(copy)).flaw).toBeUndefined()
  })

  test('holds where the index is made anew', async () => {
    const file = await written()
    await erase(file, { user: 'alice' })
    await reindex(file)
    expect(await found(file, 'alicewords')).toBe(0)
    expect(filesWith(file, 'alicewords')).toEqual([])
  })

  test.each(['begun', 'batch', 'index', 'end'])(
    'that is killed (%s) is finished at the next opening',
    async (step) => {
      const file = await written()
      expect((await runProgram('killed-erasure', file, step)).signal).toBe('SIGKILL')
      const { log, problems } = await openLog({ file })
      await log.close()
      expect(problems).toEqual([])
      expect(filesWith(file, 'alicewords')).toEqual([])
      const verdict = await verdictOn(file)
      expect(verdict.flaw).toBeUndefined()
      expect(verdict.unexplained).toBe(0)
      expect(existsSync(`${file}-index`)).toBe(true)
    }
  )

  test.each([
    [{}, /scope of an erasure is empty/],
    [{ user: '' }, /scope.user must be a text/]
  ])('of %j is refused', async (scope, message) => {
    const file = await written()
    await expect(erase(file, scope)).rejects.toThrow(message)
    await expect(erase(file, { user: 'a' }, { reason: ' ' })).rejects.toThrow(/needs a reason/)
  })
})

test('a content that somebody destroyed is told from one that was erased', async () => {
  const file = await written()
  await erase(file, { user: 'alice' })
  unguarded(file, (database) => {
    database.exec('DROP TRIGGER contents_no_update')
    database.exec(
      "UPDATE contents SET body = NULL, salt = x'' WHERE body IS NOT NULL AND name = 'output' AND id / 64 > 7"
    )
  })
  const { flaw } = await verdictOn(file)
  expect(flaw).toMatchObject({ kind: 'content missing' })
  expect(flaw?.detail).toMatch(/no record of an erasure/)
})
