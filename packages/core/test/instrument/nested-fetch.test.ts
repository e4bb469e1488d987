import { expect, test } from 'vitest'
import { wrapFetch } from '../../src/adapter.ts'
import { callsOf, newLog } from '../helpers.ts'
import { CHAT, wire } from '../watched.ts'

const asking = (model: string, words: string, more: object = {}) => ({
  method: 'POST',
  body: JSON.stringify({ model, messages: [{ role: 'user', content: words }], ...more })
})

const answer = async () => Response.json('answer')

/** How many calls are recorded when a fetch over an audited one is audited, too. */
async function recorded(between: (below: typeof fetch) => typeof fetch) {
  const { log, journal } = newLog()
  const below = wrapFetch(log, [wire], answer)
  const above = wrapFetch(log, [wire], between(below))
  await (await above(CHAT, asking('m', 'hi'))).text()
  await log.flush()
  return callsOf(journal.records).length
}

test('a request that passes a fetch of its own on its way is one call', async () => {
  expect(await recorded((below) => below)).toBe(1)
  const tagged = { metadata: { team: 'a' }, stream: false }
  const changes: Parameters<typeof recorded>[0][] = [
    (below) => (_input, init) => below('http://gateway/chat', init),
    (below) => (input) => below(input, asking('m', 'hi', tagged)),
    (below) => async (input, init) => {
      await below(input, init)
      return below(input, init)
    }
  ]
  for (const change of changes) expect(await recorded(change)).toBe(1)
})

test('what asks another model, or something else, is a call of its own', async () => {
  for (const other of [asking('other', 'hi'), asking('m', 'is this harmful?')]) {
    const change =
      (below: typeof fetch): typeof fetch =>
      async (input, init) => {
        await (await below(input, other)).text()
        return below(input, init)
      }
    expect(await recorded(change)).toBe(2)
  }
})

test('what is asked when the answer has come is a call of its own, whatever it asks', async () => {
  const { log, journal } = newLog()
  const below = wrapFetch(log, [wire], answer)
  let later: Promise<unknown> = Promise.resolve()
  const above = wrapFetch(log, [wire], async () => {
    later = Promise.resolve()
      .then(() => new Promise((resolve) => setTimeout(resolve)))
      .then(async () => (await below(CHAT, asking('m', 'hi'))).text())
    return answer()
  })
  await (await above(CHAT, asking('m', 'hi'))).text()
  await later
  await log.flush()
  expect(callsOf(journal.records)).toHaveLength(2)
})
