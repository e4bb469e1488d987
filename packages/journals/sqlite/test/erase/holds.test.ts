import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import {
  addHold,
  eraseContents,
  listHolds,
  openReader,
  redactContents,
  releaseHold
} from '@slm-audit/sqlite'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { sealedIn, unguarded, verdictOn } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

let file = ''

/** Two turns of one conversation of Alice, and one call of Bob. */
beforeEach(async () => {
  file = freshFile()
  const { log } = await openLog({ file })
  const history = [{ role: 'user', content: 'first alicewords, long enough to be a part' }]
  for (const answer of ['one', 'two']) {
    await log.withContext({ user: 'alice', session: 'a' }, () => call(log, history, answer))
    history.push({ role: 'user', content: `then ${answer}` })
  }
  await log.withContext({ user: 'bob' }, () => call(log, 'bobwords', 'b'))
  await log.close()
})

type Log = Awaited<ReturnType<typeof openLog>>['log']

function call(log: Log, input: unknown, answer: string): Promise<string> {
  const request = { operation: 'chat', provider: 'test', model: 'm', input: structuredClone(input) }
  return log.record(request, async () => answer)
}

const said = { reason: 'claim 12', by: 'counsel' }
const letter = { reason: 'asked for' }

async function textOf(text: string): Promise<number> {
  await using reader = await openReader(file)
  return (await reader.search(text)).items.length
}

describe('a hold', () => {
  test('is a record with who and why, and names nobody in its header', async () => {
    await addHold(file, { incident: 'INC-7', scope: { user: 'alice' }, ...said })
    expect(listHolds(file)).toMatchObject([
      { incident: 'INC-7', scopeName: 'user', scope: { user: 'alice' }, ...said }
    ])
    const record = [...sealedIn(file)].find(({ header }) => header.includes('hold.added'))
    expect(record?.header).toMatch(/"event":{"incident":"INC-7","scope":"user"}/)
    expect(record?.header).not.toMatch(/alice|counsel|claim/)
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })

  test('keeps an erasure from what it holds, until it is released', async () => {
    await addHold(file, { incident: 'INC-7', scope: { user: 'alice' }, ...said })
    const scope = { user: 'alice' }
    const held = { held: 4, incidents: ['INC-7'], contents: 0 }
    expect(await eraseContents(file, { scope, ...letter, dryRun: true })).toMatchObject(held)
    expect(await eraseContents(file, { scope, ...letter })).toMatchObject(held)
    expect(await textOf('alicewords')).toBe(1)
    expect(await eraseContents(file, { scope: { user: 'bob' }, ...letter })).toMatchObject({
      held: 0,
      calls: 1
    })
    expect(await releaseHold(file, { incident: 'INC-7', ...said })).toBe(1)
    expect(listHolds(file)).toEqual([])
    expect(await eraseContents(file, { scope, ...letter })).toMatchObject({ held: 0, calls: 2 })
    expect(await textOf('alicewords')).toBe(0)
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })

  test('of one call keeps the parts that it shares with others', async () => {
    await using reader = await openReader(file)
    const [second, first] = (await reader.query({ user: 'alice' })).items
    const calls = [second?.auditId ?? '']
    await addHold(file, { incident: 'INC-8', scope: { calls }, ...said })
    const report = await eraseContents(file, { scope: { user: 'alice' }, ...letter })
    expect(report).toMatchObject({ calls: 1, held: 2 })
    const kept = await reader.get(second?.auditId ?? '')
    expect(JSON.stringify(kept?.contents.input)).toMatch(/first alicewords/)
    expect((await reader.get(first?.auditId ?? ''))?.contents).not.toHaveProperty('output')
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })

  test('of a user holds what is recorded later, and the record of it cannot be erased', async () => {
    await addHold(file, { incident: 'INC-7', scope: { user: 'bob' }, ...said })
    const { log } = await openLog({ file })
    await log.withContext({ user: 'bob' }, () => call(log, 'later bobwords', 'b'))
    await log.close()
    const record = [...sealedIn(file)].find(({ header }) => header.includes('hold.added'))
    const { auditId } = JSON.parse(record?.header ?? '{}')
    await eraseContents(file, { scope: { calls: [auditId] }, ...letter })
    expect(await eraseContents(file, { scope: { user: 'bob' }, ...letter })).toMatchObject({
      held: 4
    })
  })

  test('of which the scope was destroyed holds everything', async () => {
    await addHold(file, { incident: 'INC-7', scope: { user: 'bob' }, ...said })
    unguarded(file, (database) => {
      database.exec('DROP TRIGGER contents_no_update')
      database.exec("UPDATE contents SET body = NULL, salt = x'' WHERE name = 'scope'")
    })
    expect(listHolds(file)[0]).not.toHaveProperty('scope')
    expect(await eraseContents(file, { scope: { user: 'alice' }, ...letter })).toMatchObject({
      contents: 0,
      held: 4
    })
  })

  test.each([
    [{ incident: 'two words' }, /incident must be a short name/],
    [{ reason: ' ' }, /needs a reason/],
    [{ scope: {} }, /scope of a hold is empty/]
  ])('with %j is refused', async (wrong, message) => {
    const options = { incident: 'INC-7', scope: { user: 'a' }, ...said, ...wrong }
    await expect(addHold(file, options)).rejects.toThrow(message)
  })
})

test('whoever has no name, as in a container, is told by a number in holds, erasures and redactions', async () => {
  const spy = vi.spyOn(os, 'userInfo').mockImplementation(() => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  })
  syncBuiltinESMExports()
  onTestFinished(() => {
    spy.mockRestore()
    syncBuiltinESMExports()
  })
  await addHold(file, { incident: 'INC-9', scope: { user: 'carol' }, reason: 'claim' })
  expect(listHolds(file)[0]?.by).toMatch(/^uid \d+$/)
  expect(await releaseHold(file, { incident: 'INC-9', reason: 'over' })).toBe(1)
  const rule = { redact: [{ detectors: ['email'], operator: 'remove' as const }] }
  expect(await redactContents(file, { rule, ...letter })).toMatchObject({ calls: 0 })
  expect(await eraseContents(file, { scope: { user: 'bob' }, ...letter })).toMatchObject({
    calls: 1
  })
})
