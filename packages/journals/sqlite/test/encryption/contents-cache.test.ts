import { type KeyCache, openReader } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { openLog } from '../support.ts'
import { copyOf, fresh, service } from './contents-support.ts'

/** What a service is asked while two users take turns, by whoever writes and whoever reads. */
async function askedWith(cache: KeyCache, pauseMs: number) {
  const { file } = fresh()
  const { keys, asked } = service()
  const { log, problems } = await openLog({ file, encryption: { contents: { keys, cache } } })
  for (const user of ['u-1', 'u-2', 'u-1', 'u-2']) {
    await log.withContext({ user }, () =>
      log.record({ operation: 'chat', provider: 'test', input: user }, async () => 'aye')
    )
    await log.flush()
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  await log.close()
  expect(problems).toEqual([])
  const count = (what: string) => asked.filter((each) => each === what).length
  const wrapped = count('wrap')
  // What it has wrapped it has opened once.
  const unwrapped = count('unwrap') - wrapped
  const contents = { keys, cache }
  await using reader = await openReader(copyOf(file), { encryption: { contents } })
  const { items } = await reader.query({})
  asked.length = 0
  for (const { auditId } of items) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    expect((await reader.get(auditId))?.contents.output).toBe('aye')
  }
  return { wrapped, unwrapped, read: count('unwrap') }
}

test.each([
  ['stay in memory', {}, { unwrapped: 0, read: 0 }],
  ['leave it when they are too many', { maxKeys: 1 }, { unwrapped: 2, read: 4 }],
  ['leave it after a time', { maxMs: 20 }, { unwrapped: 2, read: 4 }],
  ['are asked for each time', { maxMs: 0 }, { unwrapped: 2, read: 4 }],
  ['are as many as are needed just now', { maxKeys: 0 }, { unwrapped: 2, read: 4 }]
])('data keys %s: %j', async (_, cache, expected) => {
  expect(await askedWith(cache, 'maxMs' in cache ? 40 : 0)).toEqual({ wrapped: 2, ...expected })
})
