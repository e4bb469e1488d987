import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FakeListChatModel } from '@langchain/core/utils/testing'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { auditHandler } from '../src/index.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('a stream that its consumer left ends, which LangChain tells nobody, and nothing of it is kept', async () => {
  const { log, calls } = memoryLog()
  const model = new FakeListChatModel({ responses: ['a b c d'] })
  const callbacks = [auditHandler(log)]
  const read = async (leaves: boolean) => {
    for await (const _ of await model.stream('hello', { callbacks })) if (leaves) break
  }
  await read(true)
  await read(false)
  const ends = async () => {
    collect()
    return (await calls()).map(({ stage, record }) => [stage, record.outcome?.by])
  }
  await expect.poll(ends, { timeout: 10_000 }).toEqual([
    ['abandoned', 'unread'],
    ['complete', undefined]
  ])
  await log.close()
})
