import * as nodeFiles from 'node:fs'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commit, parseRecord, readErasure } from '@slm-audit/core/journal'
import {
  addHold,
  eraseContents,
  listHolds,
  openAdmin,
  openFileReader,
  releaseHold
} from '@slm-audit/file'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { type AdministeredFiles, administer } from '../../src/upkeep/administer.ts'
import { eraseStored, finishErasure } from '../../src/upkeep/erase-stored.ts'
import { beginErasure } from '../../src/upkeep/pending-erasure.ts'
import { dyingFiles } from '../faulty-files.ts'
import { freshPath, openLog, textsIn } from '../support.ts'
import { erase, filesWith, read, turn, written } from './conversations.ts'

async function found(directory: string, text: string): Promise<number> {
  await using reader = await openFileReader(directory)
  return (await reader.search(text)).items.length
}

describe('an erasure in files', () => {
  test.each([undefined, 'gzip', 'zstd'] as const)(
    'takes the words of a person out of every file, and leaves those of others (%s)',
    async (compression) => {
      const directory = await written(compression && { compression })
      expect(await found(directory, 'alicewords')).toBe(2)
      const before = (await read(directory)).records
      const report = await erase(directory, { user: 'alice' })
      expect(report).toMatchObject({ calls: 2, records: 4, sharing: 0, spoolsLeft: 0 })
      expect(report.contents).toBeGreaterThan(3)
      expect(filesWith(directory, 'alicewords')).toEqual([])
      const { records, report: verdict } = await read(directory)
      expect(verdict.flaw).toBeUndefined()
      expect(verdict).toMatchObject({ unexplained: 0, unsigned: 0, strays: 0 })
      expect(verdict.absentContents).toBeGreaterThan(3)
      expect(records.slice(0, before.length).map(({ header }) => header)).toEqual(
        before.map(({ header }) => header)
      )
      expect(await found(directory, 'alicewords')).toBe(0)
      expect(await found(directory, 'bobwords')).toBe(2)
      expect(textsIn(records).join()).not.toMatch(/alicewords/)
      // Nothing is left by which words could be tried against what headers commit to.
      const salts = records
        .filter((sealed) => parseRecord(sealed).context?.user === 'alice')
        .flatMap(({ contents }) => contents)
        .flatMap(({ salt, parts = [] }) => [salt, ...parts.map((part) => part.salt)])
      expect(salts.every((salt) => !salt || salt.length === 0)).toBe(true)
    }
  )

  test('is a record that is signed, and names neither the person nor who asked in its header', async () => {
    const directory = await written()
    await erase(directory, { user: 'alice' })
    const { records } = await read(directory)
    const erasures = records.filter(({ header }) => header.includes('"contents.erased"'))
    expect(erasures.flatMap((each) => readErasure(each).records)).toHaveLength(4)
    expect(erasures.map(({ header }) => header).join()).not.toMatch(/alice|officer|asked/)
    expect(parseRecord(erasures[0] ?? { header: '{}' })).toMatchObject({ event: { scope: 'user' } })
    expect(textsIn(erasures.slice(0, 1))).toEqual(expect.arrayContaining(['officer', 'asked for']))
  })

  test('of one call takes what its conversation shares with it, and names the others', async () => {
    const directory = await written()
    await using reader = await openFileReader(directory)
    const { items } = await reader.query({ user: 'alice' })
    const first = items.at(-1)?.auditId ?? ''
    expect(await erase(directory, { calls: [first] })).toMatchObject({ calls: 1, sharing: 1 })
    expect(filesWith(directory, 'first alicewords')).toEqual([])
    expect(filesWith(directory, 'second alicewords')).not.toEqual([])
    const second = await reader.get(items[0]?.auditId ?? '')
    expect(second?.absent).toMatchObject([{ name: 'input' }])
    // A reader that has been open before shows nothing of it either.
    expect((await reader.search('"first alicewords"')).items).toEqual([])
    expect((await read(directory)).report.flaw).toBeUndefined()
  })

  test('that is rehearsed says the same and changes nothing; done again it writes no record', async () => {
    const directory = await written()
    const names = () => readdirSync(directory).map((name) => [name, sizeOf(directory, name)])
    const before = names()
    const rehearsed = await erase(directory, { user: 'alice' }, { dryRun: true })
    expect(names()).toEqual(before)
    expect(await erase(directory, { user: 'alice' })).toEqual(rehearsed)
    const { size } = (await read(directory)).report
    expect(await erase(directory, { user: 'alice' })).toMatchObject({ contents: 0, calls: 2 })
    expect(await erase(directory, { user: 'nobody' })).toMatchObject({ calls: 0 })
    expect((await read(directory)).report.size).toBe(size)
  })

  test('goes on beside an application that writes, whose later turns do not bring back what is gone', async () => {
    const directory = await written()
    const { log, problems } = await openLog({ directory })
    const history = [{ role: 'user', content: 'third alicewords' }]
    await log.withContext({ user: 'alice', session: 'a-1' }, () => turn(log, history, 'yes'))
    await erase(directory, { user: 'alice' })
    // The spool of an application that runs holds what it wrote in the last minute.
    const left = filesWith(directory, 'alicewords')
    expect(left.filter((name) => !name.endsWith('.frames'))).toEqual([])
    history.push({ role: 'user', content: 'later words' })
    await log.withContext({ user: 'alice', session: 'a-1' }, () => turn(log, history, 'later'))
    await log.close()
    expect(problems).toEqual([])
    const { records, report } = await read(directory)
    expect(report.flaw).toBeUndefined()
    expect(report).toMatchObject({ unsigned: 0, signedLate: [] })
    const named = new Set(records.flatMap((each) => readErasure(each).commitments))
    const parts = records.flatMap(({ contents }) => contents.flatMap((each) => each.parts ?? []))
    const stored = parts.flatMap(({ salt, body }) => (salt && body ? commit(salt, body) : []))
    // What is sent again after the erasure has a salt of its own.
    expect(stored.filter((commitment) => named.has(commitment))).toEqual([])
  })

  test('reads and writes an encrypted log by an identity, and refuses without one', async () => {
    const identity = await generateIdentity()
    const recipients = [await identityToRecipient(identity)]
    const directory = await written({ recipients, compression: 'gzip' })
    await expect(erase(directory, { user: 'alice' })).rejects.toThrow(
      /are encrypted; give an identity/
    )
    const report = await erase(directory, { user: 'alice' }, { identities: [identity] })
    expect(report).toMatchObject({ calls: 2, records: 4 })
    const { records, report: verdict } = await read(directory, [identity])
    expect(verdict.flaw).toBeUndefined()
    expect(verdict.unexplained).toBe(0)
    expect(textsIn(records).join()).not.toMatch(/alicewords/)
    expect(textsIn(records).join()).toMatch(/bobwords again/)
    expect(filesWith(directory, 'asked for')).toEqual([])
  })

  test('and what else is added to an encrypted log that has its key alone is encrypted', async () => {
    const identity = await generateIdentity()
    const recipients = [await identityToRecipient(identity)]
    const directory = freshPath()
    const { log } = await openLog({ directory, recipients })
    await log.close()
    const said = { incident: 'INC-7', scope: { user: 'alicewords' }, reason: 'claim 12' }
    await addHold(directory, { ...said, identities: [identity] })
    expect(filesWith(directory, 'alicewords')).toEqual([])
    expect(filesWith(directory, 'claim 12')).toEqual([])
    expect(await listHolds(directory, { identities: [identity] })).toMatchObject([said])
    expect((await read(directory, [identity])).report.flaw).toBeUndefined()
  })

  test('is told from what somebody destroyed', async () => {
    const directory = await written()
    await erase(directory, { user: 'alice' })
    const { log } = await openLog({ directory })
    await log.withContext({ user: 'bob', session: 'b-2' }, () => turn(log, 'third bobwords', 'x'))
    await log.close()
    const name =
      readdirSync(directory)
        .filter((each) => each.startsWith('records-'))
        .at(-1) ?? ''
    const path = join(directory, name)
    const text = readFileSync(path, 'utf8')
    expect(text).toMatch(/"text":"third bobwords"/)
    const cut = /"salt":"[^"]+","text":"third bobwords"/
    writeFileSync(path, text.replace(cut, '"salt":""'))
    const { flaw, unexplained } = (await read(directory)).report
    expect(flaw).toMatchObject({ kind: 'content missing' })
    expect(unexplained).toBe(1)
  })

  test.each([
    [{}, /scope of an erasure is empty/],
    [{ user: '' }, /scope.user must be a text/]
  ])('of %j is refused', async (scope, message) => {
    const directory = await written()
    await expect(erase(directory, scope)).rejects.toThrow(message)
    await expect(erase(directory, { user: 'a' }, { reason: ' ' })).rejects.toThrow(/needs a reason/)
    const none = `${directory}-none`
    const asked = { scope: { user: 'a' }, reason: 'asked for' }
    await expect(eraseContents(none, asked)).rejects.toThrow(/there is no audit log in/)
    expect(existsSync(none)).toBe(false)
  })
})

describe('an erasure that is killed', () => {
  test('at any call to the file system leaves a log that verifies, and is finished at the next opening', async () => {
    const template = await written({ compression: 'gzip' })
    const asked = { scope: { user: 'alice' }, reason: 'asked for', by: 'officer' }
    let begun = 0
    let at = 1
    for (let went = true; went; at++) {
      const { files, struck, where } = dyingFiles(at)
      const directory = freshPath()
      cpSync(template, directory, { recursive: true })
      const erasing = (each: AdministeredFiles) => eraseStored(each, asked, files)
      await administer(directory, {}, {}, erasing, { files }).catch(() => undefined)
      went = struck()
      expect((await read(directory)).report.flaw, where).toBeUndefined()
      const isBegun = existsSync(join(directory, 'erasing.json'))
      if (isBegun) begun++
      if (went && !isBegun) continue
      await administer(directory, {}, {}, (each) => finishErasure(each))
      expect(filesWith(directory, 'alicewords'), where).toEqual([])
      const { report } = await read(directory)
      expect(report.flaw, where).toBeUndefined()
      expect(report).toMatchObject({ unexplained: 0, strays: 0 })
    }
    expect(begun).toBeGreaterThan(10)
  })

  test('is finished by the application that opens the log next', async () => {
    const directory = await written()
    await administer(directory, {}, {}, ({ log }) =>
      log.exclusive(async () => {
        log.endFile()
        const note = { scope: 'user', by: 'officer', reason: 'asked for' }
        const pending = { scopes: [{ user: 'alice' }], note, until: log.state.size }
        await beginErasure(nodeFiles, directory, pending, undefined)
      })
    )
    const { log, problems } = await openLog({ directory })
    await expect.poll(() => existsSync(join(directory, 'erasing.json'))).toBe(false)
    await log.close()
    expect(problems).toEqual([])
    expect(filesWith(directory, 'alicewords')).toEqual([])
    expect((await read(directory)).report).toMatchObject({ unexplained: 0, unsigned: 0 })
  })
})

describe('a hold in files', () => {
  test('keeps a person from erasure until it is released', async () => {
    const directory = await written()
    const admin = openAdmin(directory)
    await admin.hold({ incident: 'INC-7', scope: { user: 'alice' }, reason: 'claim 12' })
    expect(await admin.holds()).toMatchObject([{ incident: 'INC-7', scope: { user: 'alice' } }])
    const erased = await erase(directory, { user: 'alice' })
    expect(erased).toMatchObject({ contents: 0, held: 4, incidents: ['INC-7'] })
    expect(filesWith(directory, 'alicewords')).not.toEqual([])
    expect(await releaseHold(directory, { incident: 'INC-7', reason: 'settled' })).toBe(1)
    expect(await releaseHold(directory, { incident: 'INC-7', reason: 'settled' })).toBe(0)
    expect(await listHolds(directory)).toEqual([])
    expect(await erase(directory, { user: 'alice' })).toMatchObject({ calls: 2, held: 0 })
    expect(filesWith(directory, 'alicewords')).toEqual([])
    expect((await read(directory)).report.flaw).toBeUndefined()
  })

  test('of one call keeps what its conversation shares with it', async () => {
    const directory = await written()
    await using reader = await openFileReader(directory)
    const [second] = (await reader.query({ user: 'alice' })).items
    const scope = { calls: [second?.auditId ?? ''] }
    await addHold(directory, { incident: 'I', scope, reason: 'because' })
    expect(await erase(directory, { user: 'alice' })).toMatchObject({ calls: 1, held: 2 })
    // The second turn repeats the first.
    expect(filesWith(directory, 'first alicewords')).not.toEqual([])
    const held = await reader.get(second?.auditId ?? '')
    expect(held?.absent).toBeUndefined()
    expect((await read(directory)).report.flaw).toBeUndefined()
  })
})

function sizeOf(directory: string, name: string): number {
  try {
    return readFileSync(join(directory, name)).length
  } catch {
    return 0
  }
}
