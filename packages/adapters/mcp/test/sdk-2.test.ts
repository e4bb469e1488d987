import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapMcpClient } from '../src/index.ts'

interface Options {
  readonly signal?: AbortSignal
  readonly onprogress?: (progress: unknown) => void
}

/** A client with the methods of major 2, which takes its options where major 1 takes a schema. */
function clientOf(answer: (options: Options) => Promise<unknown>) {
  return { callTool: async (_params: object, options: Options) => answer(options) }
}

test('a client of major 2: an abort, a timeout, and progress', async () => {
  const { log, calls } = memoryLog()
  const stop = new AbortController()
  const aborted = wrapMcpClient(
    clientOf(async ({ signal }) => signal?.throwIfAborted()),
    log
  )
  stop.abort()
  await expect(aborted.callTool({ name: 'a' }, { signal: stop.signal })).rejects.toThrow()
  const late = Object.assign(new Error('late'), { code: 'REQUEST_TIMEOUT' })
  const slow = wrapMcpClient(
    clientOf(() => Promise.reject(late)),
    log
  )
  await expect(slow.callTool({ name: 'b' }, {})).rejects.toBe(late)
  const heard: unknown[] = []
  const busy = clientOf(async ({ onprogress }) => {
    onprogress?.({ progress: 1 })
    return { content: [] }
  })
  await wrapMcpClient(busy, log).callTool({ name: 'c' }, { onprogress: (one) => heard.push(one) })
  expect(heard).toEqual([{ progress: 1 }])
  const recorded = await calls()
  expect(recorded.map(({ stage, record }) => [stage, record.outcome?.by])).toEqual([
    ['cancelled', 'signal'],
    ['cancelled', 'timeout'],
    ['complete', undefined]
  ])
  expect(recorded[2]?.record.timing?.chunks).toBe(1)
})
