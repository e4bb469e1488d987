import { addHold, checkIndex, openReader, redactContents, reindex } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { callsIn, request, verdictOn, words } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

const why = { reason: 'a rule was missing', by: 'ann' }
const rule = { redact: [{ detectors: ['email'], operator: 'remove' as const }] }
const first = { role: 'user', content: `${words(1, 'asked')} bob@example.com` }
const second = { role: 'user', content: 'and then' }

/** Two turns of a conversation, both with an address, and so many calls of others between them. */
async function conversation(between = 0) {
  const file = freshFile()
  const { log } = await openLog({ file })
  const calls: string[] = []
  const ask = (session: string, input: unknown) =>
    log.withContext({ session }, () =>
      log.record({ ...request, input: structuredClone(input) }, async ({ auditId }) => {
        calls.push(auditId)
        return 'an answer'
      })
    )
  await ask('s', [first])
  for (let each = 0; each < between; each++) await ask('other', `words ${each}`)
  await ask('s', [first, second])
  await log.close()
  await reindex(file)
  return { file, calls: [calls[0] ?? '', calls.at(-1) ?? ''] as const }
}

async function expectNothingLeft(file: string): Promise<void> {
  const turns = (await callsIn(file)).filter(({ record }) => record.context?.session === 's')
  const redacted = { ...first, content: expect.stringMatching(/asked\d+ ⟨email⟩$/) }
  expect(turns.map(({ contents }) => contents.input)).toEqual([[redacted], [redacted, second]])
  await using reader = await openReader(file)
  expect((await reader.search('bob@example.com')).items).toEqual([])
  expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
  const { flaw, unexplained } = await verdictOn(file)
  expect([flaw, unexplained]).toEqual([undefined, 0])
}

test.each(['first', 'last'] as const)(
  'a redaction of the %s turn alone stores what the other one becomes, and the index forgets it',
  async (turn) => {
    const { file, calls } = await conversation()
    const scope = { calls: [calls[turn === 'first' ? 0 : 1]] }
    const found = { calls: 2, contents: 1, held: 0 }
    expect(await redactContents(file, { rule, scope, ...why, dryRun: true })).toMatchObject(found)
    expect(await redactContents(file, { rule, scope, ...why })).toMatchObject(found)
    await expectNothingLeft(file)
    const nothing = { calls: 0, contents: 0 }
    expect(await redactContents(file, { rule, ...why })).toMatchObject(nothing)
    await expectNothingLeft(file)
  }
)

test('turns that are far apart lose what they share, and the index knows it of both', async () => {
  const { file } = await conversation(150)
  const found = { calls: 2, contents: 1 }
  expect(await redactContents(file, { rule, ...why, dryRun: true })).toMatchObject(found)
  expect(await redactContents(file, { rule, ...why })).toMatchObject(found)
  await expectNothingLeft(file)
})

test('a rehearsal counts nothing that a hold of another turn keeps', async () => {
  const { file, calls } = await conversation()
  await addHold(file, { incident: 'INC-7', scope: { calls: [calls[1]] }, ...why })
  const kept = { contents: 0, held: 2, incidents: ['INC-7'] }
  expect(await redactContents(file, { rule, ...why, dryRun: true })).toMatchObject(kept)
  expect(await redactContents(file, { rule, ...why })).toMatchObject(kept)
})
