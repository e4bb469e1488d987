import { expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

test('a call has the state at its start and the marks of all its records, each once', async () => {
  const { log, journal } = newLog({ maxContentLength: 100 })
  await log.record({ ...chat, input: 'x'.repeat(1000) }, async () => 'y'.repeat(1000))
  await log.close()
  const [call] = callsOf(journal.records)
  expect(call?.stage).toBe('complete')
  expect(call?.record.system).toMatchObject({ rss: expect.any(Number), openCalls: 1 })
  expect(call?.record.altered).toMatchObject([
    { pointer: '/input', what: 'truncated' },
    { pointer: '/output', what: 'truncated' }
  ])
})
