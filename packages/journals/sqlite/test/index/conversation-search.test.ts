import { rmSync, statSync } from 'node:fs'
import { openReader } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { checkIndex } from '../../src/index/check-index.ts'
import { reindex } from '../../src/index/reindex.ts'
import { erase, recorded, request, turnsOf, words } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

/** One word that only this message of a chat has. */
const wordOf = (turn: number, who: string) => words(turn, who).split(' ')[0] ?? ''

/** The places in the log, by call, of the calls that a search finds. */
async function found(file: string, text: string): Promise<number[]> {
  await using reader = await openReader(file)
  const { items } = await reader.search(text)
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  return calls.map((call) => call?.indices[0] ?? -1)
}

/** What the index file has of tokens. */
function textBytes(file: string): number {
  const index = openDatabase(`${file}-index`, { readonly: true })
  const bytes = index.prepare('SELECT sum(length(block)) FROM texts_data').pluck().get()
  index.close()
  return Number(bytes)
}

describe('the index of a conversation', () => {
  test('has the words of each message once, whichever form the request has', async () => {
    const turns = turnsOf(50)
    const unique = JSON.stringify(turns.at(-1)).length
    const google = turns.map((turn) => ({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: turn.map(({ role, content }) => ({ role, parts: [{ text: content }] }))
    }))
    for (const inputs of [turns, google]) {
      const file = await recorded(inputs)
      await reindex(file)
      expect(textBytes(file)).toBeLessThan(2 * unique)
      expect(statSync(`${file}-index`).size).toBeLessThan(4 * unique)
      const [[first = -1] = [], [last = -1] = []] = [
        await found(file, wordOf(0, 'system')),
        await found(file, wordOf(49, 'user'))
      ]
      expect(last).toBeGreaterThan(first)
      for (const turn of [0, 1, 20, 49]) {
        expect(await found(file, wordOf(turn, 'user'))).toHaveLength(1)
      }
      expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
    }
  })

  test('finds the same calls where readers make it for themselves, and where it was made in steps', async () => {
    const turns = turnsOf(6)
    const file = freshFile()
    for (const half of [turns.slice(0, 3), turns.slice(3)]) {
      const { log } = await openLog({ file })
      for (const input of half) {
        await log.withContext({ session: 's' }, () =>
          log.record({ ...request, input }, async () => 'answer')
        )
        await log.record({ ...request, input }, async () => 'a call of no session')
      }
      await log.close()
    }
    const search = () => Promise.all([0, 2, 3, 5].map((turn) => found(file, wordOf(turn, 'user'))))
    const inSteps = await search()
    // All that repeat it without a session, the call that brought it, and the first after the restart.
    expect(inSteps.map(({ length }) => length)).toEqual([6 + 2, 4 + 2, 3 + 1, 1 + 1])
    expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
    rmSync(`${file}-index`)
    expect(await search()).toEqual(inSteps)
    await reindex(file)
    expect(await search()).toEqual(inSteps)
  })

  test('shows what was asked last where a call adds no question', async () => {
    const [turn = []] = turnsOf(1)
    const tool = { role: 'tool', content: 'twelve degrees' }
    const file = await recorded([turn, [...turn, tool], [...turn, tool]])
    await using reader = await openReader(file)
    const { items } = await reader.query({})
    const asked = turn.at(-1)?.content.slice(0, 100)
    expect(items.map(({ question }) => question?.slice(0, 100))).toEqual([asked, asked, asked])
    expect(await found(file, 'twelve degrees')).toHaveLength(1)
  })

  test('has what is left of a content of which one message was erased', async () => {
    const [turn = []] = turnsOf(1)
    const file = await recorded([turn])
    erase(file, words(0, 'system'))
    await reindex(file)
    expect(await found(file, wordOf(0, 'user'))).toHaveLength(1)
    expect(await found(file, wordOf(0, 'system'))).toEqual([])
  })
})
