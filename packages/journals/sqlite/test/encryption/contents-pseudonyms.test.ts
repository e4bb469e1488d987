import { addHold, eraseContents, openReader, releaseHold } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { openLog } from '../support.ts'
import { filesWith, fresh, signingOf } from './contents-support.ts'

const reason = 'asked for'

/** Records a call of a user in each of some contexts. */
async function said(
  { file, contents }: ReturnType<typeof fresh>,
  contexts: readonly object[],
  more = {}
): Promise<void> {
  const encryption = { contents: { ...contents, ...more } }
  const { log, problems } = await openLog({ file, encryption })
  for (const context of contexts) {
    await log.withContext(context, () =>
      log.record({ operation: 'chat', provider: 'test', input: 'hello' }, async () => 'aye')
    )
  }
  await log.close()
  expect(problems).toEqual([])
}

/** The names that a user's calls have in headers, newest first. */
async function namesOf(file: string, user: string): Promise<(string | undefined)[]> {
  await using reader = await openReader(file)
  expect((await reader.verify()).flaw).toBeUndefined()
  const { items } = await reader.query(`user:${user}`)
  return items.map((each) => each.user)
}

test('a user goes by a random name in headers, is in no file, and is found by the own name', async () => {
  const made = fresh()
  await said(made, [{ user: 'ann-zwiebel' }, { user: 'ann-zwiebel' }, { user: 'bob-zwiebel' }])
  expect(filesWith(made.file, 'zwiebel')).toEqual([])
  const names = await namesOf(made.file, 'ann-zwiebel')
  expect(names).toEqual([names[0], names[0]])
  expect(names[0]).toMatch(/^p-[0-9a-f]{16}$/)
  expect(await namesOf(made.file, 'bob-zwiebel')).not.toContain(names[0])
  // Also after a new start, and by whoever knows the pseudonym alone.
  await said(made, [{ user: 'ann-zwiebel' }])
  expect(await namesOf(made.file, 'ann-zwiebel')).toEqual([names[0], names[0], names[0]])
  expect(await namesOf(made.file, names[0] ?? '')).toHaveLength(3)
})

test('a tag that looks the same stays, and so do names where they are asked for', async () => {
  const made = fresh()
  const context = { user: 'ann', tags: { user: 'ann', '1': 'x' } }
  await said(made, [context])
  await using reader = await openReader(made.file)
  const { items } = await reader.query('user:ann')
  const call = await reader.get(items[0]?.auditId ?? '')
  expect(call?.record.context).toMatchObject({
    tags: context.tags,
    user: expect.stringMatching(/^p-/)
  })
  const other = fresh()
  await said(other, [context], { pseudonymous: false })
  expect(await namesOf(other.file, 'ann')).toEqual(['ann'])
})

test('an erasure takes the link between user and name, so that the next call has another', async () => {
  const made = fresh()
  await said(made, [{ user: 'ann' }, { user: 'bob' }])
  const [name = ''] = await namesOf(made.file, 'ann')
  const erase = () =>
    eraseContents(made.file, { scope: { user: 'ann' }, reason, ...signingOf(made.file) })
  const about = { incident: 'INC-7', reason, ...signingOf(made.file) }
  await addHold(made.file, { ...about, scope: { user: 'ann' } })
  expect(await erase()).toMatchObject({ keys: 0, incidents: ['INC-7'] })
  expect(await namesOf(made.file, 'ann')).toEqual([name])
  await releaseHold(made.file, about)
  expect(await erase()).toMatchObject({ calls: 1, keys: 1 })
  expect(await namesOf(made.file, 'ann')).toEqual([])
  await said(made, [{ user: 'ann' }])
  const [next] = await namesOf(made.file, 'ann')
  expect(next).toMatch(/^p-/)
  expect(next).not.toBe(name)
  expect(await namesOf(made.file, 'bob')).toHaveLength(1)
})

test('a user of a log that began to encrypt later is held and erased by both names', async () => {
  const made = fresh()
  const { log } = await openLog({ file: made.file })
  const request = { operation: 'chat', provider: 'test', input: 'hello' }
  await log.withContext({ user: 'ann' }, () => log.record(request, async () => 'aye'))
  await log.close()
  await said(made, [{ user: 'ann' }, { user: 'bob' }])
  const signing = signingOf(made.file)
  const about = { incident: 'INC-7', reason, ...signing }
  await addHold(made.file, { ...about, scope: { user: 'ann' } })
  const erase = (more = {}) =>
    eraseContents(made.file, { scope: { user: 'ann' }, reason, ...signing, ...more })
  expect(await erase()).toMatchObject({ calls: 0, held: 4 })
  await releaseHold(made.file, about)
  expect(await erase({ dryRun: true })).toMatchObject({ calls: 2, contents: 4, keys: 1 })
  expect(await erase()).toMatchObject({ calls: 2, contents: 4, keys: 1 })
  await using reader = await openReader(made.file, { encryption: { contents: made.contents } })
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ absentContents: 4, unexplained: 0 })
})
