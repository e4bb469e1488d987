import { existsSync, readFileSync } from 'node:fs'
import type { AuditContext } from '@slm-audit/core'
import { parseRecord, pendingEvent, type SealedRecord } from '@slm-audit/core/journal'
import { importLog, openSealedLog } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { openForWriting } from '../../src/store/open-database.ts'
import { rowOf, Writer } from '../../src/store/writer.ts'
import {
  bytesIn,
  callsIn,
  commitmentsIn,
  erase,
  parts,
  recorded,
  request,
  rowsIn,
  sealedIn,
  turnsOf,
  unguarded,
  verdictOn,
  words
} from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

describe('a conversation', () => {
  test('of 50 turns is stored in twice its unique bytes at most, and read as it was sent', async () => {
    const turns = turnsOf(50)
    const file = await recorded(turns)
    const sent = turns.reduce((sum, turn) => sum + JSON.stringify(turn).length, 0)
    const unique = JSON.stringify(turns.at(-1)).length
    expect(sent).toBeGreaterThan(20 * unique)
    expect(bytesIn(file)).toBeLessThan(2 * unique)
    const calls = await callsIn(file)
    expect(calls.map(({ contents }) => contents.input)).toEqual(turns)
    const sizes = calls.map(({ record }) => JSON.stringify(record.log).length)
    // The header does not grow with the history.
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(10)
    expect(await verdictOn(file)).toMatchObject({ absentContents: 0, openCalls: 0 })
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })

  test('that is cut, edited or led by two agents in turn stores each message once', async () => {
    const turns = turnsOf(12)
    const cut = turns.map((turn) => [...turn.slice(0, 1), ...turn.slice(-4)])
    const edited = turns.map((turn) =>
      turn.map((message, at) => (at === 2 ? { ...message, cache: 'here' } : message))
    )
    const other = turnsOf(12).map((turn) => ({ system: 'Sum up.', messages: turn.slice(1) }))
    const mixed = turns.flatMap((turn, at) => [turn, cut[at], edited[at], other[at]])
    const file = await recorded(mixed)
    expect((await callsIn(file)).map(({ contents }) => contents.input)).toEqual(mixed)
    expect((await verdictOn(file)).flaw).toBeUndefined()
    const messages = new Set(
      mixed.flatMap((input) => parts(input).map((part) => JSON.stringify(part)))
    )
    // And the object around the messages of the other agent.
    expect(rowsIn(file, 'parts')).toBe(messages.size + 1)
  })

  test('that says the same twice, says nothing or is beyond ASCII is read as it was sent', async () => {
    const twice = { role: 'user', content: 'Noch einmal, bitte: grüß „alle“ 👋 \u0000' }
    const lists = [
      [twice, twice],
      [twice, twice, twice],
      [{ role: 'user', content: '' }, twice]
    ]
    const inputs = lists.flatMap((messages) => [
      messages,
      { system: 'ärgere dich nicht', messages }
    ])
    const file = await recorded(inputs)
    expect((await callsIn(file)).map(({ contents }) => contents.input)).toEqual(inputs)
  })

  test('shares nothing with another person, session or tenant, nor with calls that belong to none', async () => {
    const [turn = []] = turnsOf(1)
    const contexts: AuditContext[] = [
      { session: 's' },
      { session: 't' },
      { session: 's', user: 'u' },
      { session: 's', user: 'u', tenant: 't' },
      { user: 'u' },
      { conversation: 'u' }
    ]
    const file = freshFile()
    const { log } = await openLog({ file })
    const call = () => log.record({ ...request, input: turn }, async () => 'answer')
    for (const context of contexts) await log.withContext(context, call)
    await call()
    await log.close()
    expect(rowsIn(file, 'parts')).toBe(turn.length * contexts.length)
    using sealed = openSealedLog(file)
    const commitments = [...sealed.records()].flatMap(
      (each) => parseRecord(each).log.contents.input ?? []
    )
    expect(new Set(commitments.map((each) => each.commitment)).size).toBe(contexts.length + 1)
    expect(commitments.filter((each) => each.parts !== undefined).length).toBe(contexts.length)
  })

  test('goes on in another process, and in one beside it', async () => {
    const turns = turnsOf(8)
    const file = freshFile()
    const open = async () => (await openLog({ file })).log
    const logs = [await open(), await open()]
    for (const [at, input] of turns.entries()) {
      if (at === 5) {
        await logs[1]?.close()
        logs[1] = await open()
      }
      const log = logs[at % 2]
      await log?.withContext({ session: 's' }, () =>
        log.record({ ...request, input }, async () => 'answer')
      )
      await log?.flush()
    }
    for (const log of logs) await log.close()
    expect((await callsIn(file)).map(({ contents }) => contents.input)).toEqual(turns)
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })
})

describe('a part', () => {
  test('that is gone is missing in each call that has it, which says so, and verification finds the first', async () => {
    const turns = turnsOf(4)
    const file = await recorded(turns)
    const before = await commitmentsIn(file)
    erase(file, words(1, 'user'))
    expect(await verdictOn(file)).toMatchObject({
      absentContents: 3,
      unexplained: 1,
      // No record of an erasure says so.
      flaw: { index: 3, kind: 'content missing' }
    })
    expect(await commitmentsIn(file)).toEqual(before)
    const calls = await callsIn(file)
    expect(calls.map(({ absent }) => absent)).toEqual([
      undefined,
      ...Array.from({ length: 3 }, () => [{ name: 'input', items: [3] }])
    ])
    expect(calls[3]?.contents.input).toEqual(turns[3]?.map((each, at) => (at === 3 ? null : each)))
    for (const name of [file, `${file}-wal`].filter((each) => existsSync(each))) {
      expect(readFileSync(name).includes(words(1, 'user'))).toBe(false)
    }
  })

  test('that was erased while the log is open is stored again with the next call that has it', async () => {
    const turns = turnsOf(3)
    const file = freshFile()
    const { log } = await openLog({ file })
    for (const input of turns) {
      if (input === turns[2]) erase(file, words(0, 'user'))
      await log.withContext({ session: 's' }, () =>
        log.record({ ...request, input }, async () => 'answer')
      )
      await log.flush()
    }
    await log.close()
    const calls = await callsIn(file)
    expect(calls[2]?.contents.input).toEqual(turns[2])
    expect(calls.map(({ absent }) => absent?.length)).toEqual([1, 1, undefined])
    expect((await verdictOn(file)).flaw).toMatchObject({ index: 1, kind: 'content missing' })
  })

  test('that was changed, that is gone, or that stands elsewhere is found at the first call that has it', async () => {
    const changes = [
      "UPDATE parts SET body = CAST(replace(body, 'user', 'User') AS BLOB) WHERE id = 4",
      'UPDATE parts SET salt = zeroblob(32) WHERE id = 4',
      'UPDATE parts SET body = NULL WHERE id = 4',
      'DELETE FROM parts WHERE id = 4',
      'UPDATE parts SET id = -id WHERE id IN (3, 4); UPDATE parts SET id = 7 + id WHERE id < 0'
    ]
    for (const change of changes) {
      const file = await recorded(turnsOf(3))
      unguarded(file, (database) => database.exec(change))
      const { flaw } = await verdictOn(file)
      expect(flaw, change).toMatchObject({ kind: 'content mismatch', index: 3 })
    }
  })

  test('is not referred to by a record when its own could not be stored', async () => {
    const turns = turnsOf(3)
    const file = freshFile()
    const database = openForWriting(file, 'process', 'example.com/log')
    const writer = new Writer(database, 'test')
    const rowWith = (input: unknown) => {
      const content = { name: 'input', type: 'application/json', body: JSON.stringify(input) }
      const { record, ...one } = pendingEvent('test', {})
      return rowOf({
        ...one,
        record: { ...record, context: { session: 's' } },
        contents: [content]
      })
    }
    writer.append([rowWith(turns[0])])
    const tooLarge = { ...rowWith(turns[1]), tail: `"z":"${'x'.repeat(70_000)}"` }
    expect(() => {
      writer.append([rowWith(turns[1]), tooLarge])
    }).toThrow(/65535/)
    writer.append([rowWith(turns[2])])
    database.close()
    using log = openSealedLog(file)
    const bodies = [...log.records()].map(({ contents }) => contents[0]?.body)
    expect(bodies.map((body) => JSON.parse(Buffer.from(body ?? []).toString()))).toEqual([
      turns[0],
      turns[2]
    ])
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })
})

test('a copy has the same parts, each once, and a copy without contents still verifies', async () => {
  const turns = turnsOf(10)
  const file = await recorded(turns)
  erase(file, words(1, 'user'))
  using log = openSealedLog(file)
  const source = {
    origin: log.origin,
    size: log.size,
    checkpoints: () => log.checkpoints(),
    async *records(from: number) {
      yield* log.records(from)
    }
  }
  const [whole, bare] = [freshFile(), freshFile()]
  await importLog(whole, source)
  expect([...sealedIn(whole)]).toEqual([...sealedIn(file)])
  // What is erased has a row for each record that says so.
  expect(rowsIn(whole, 'parts WHERE body IS NOT NULL')).toBe(turns.length * 2 - 1)
  const without = ({ contents, ...rest }: SealedRecord) => ({
    ...rest,
    contents: contents.map(({ name, type, salt }) => ({ name, type, salt }))
  })
  await importLog(bare, {
    ...source,
    async *records(from: number) {
      for (const sealed of log.records(from)) yield without(sealed)
    }
  })
  expect((await verdictOn(bare)).flaw).toBeUndefined()
  expect((await callsIn(bare))[0]?.absent).toContainEqual({ name: 'input' })
})
