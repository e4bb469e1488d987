import { setImmediate } from 'node:timers/promises'
import { compareCalls, type Reader } from '@slm-audit/core/reader'
import { openReader } from '@slm-audit/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshFile, openLog } from '../support.ts'

const QUESTIONS = 60

describe('a comparison', () => {
  let reader: Reader
  const sides = { first: 'model:a', second: 'model:b' }

  beforeAll(async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    for (let at = 0; at < QUESTIONS; at++) {
      for (const model of ['a', 'b']) {
        const asked = { operation: 'chat', provider: 'p', model, input: `question ${at}` }
        await log.record(asked, async () => (model === 'b' && at % 2 ? 'no' : 'yes'))
      }
    }
    await log.close()
    reader = await openReader(file)
  })

  afterAll(() => reader[Symbol.asyncDispose]())

  test('lets the application go on meanwhile, and finds what one on its thread finds', async () => {
    let isOver = false
    let turns = 0
    const told: number[] = []
    const onProgress = (done: number) => void told.push(done)
    const comparing = reader.compare({ ...sides, onProgress }).finally(() => {
      isOver = true
    })
    while (!isOver) {
      await setImmediate()
      turns++
    }
    expect(turns).toBeGreaterThan(QUESTIONS)
    expect(told).toEqual([50, 100])
    const found = await comparing
    expect(found).toEqual(await compareCalls(reader, sides))
    expect(found).toMatchObject({ pairs: QUESTIONS, changed: QUESTIONS / 2 })
  })

  test('ends with what its progress throws', async () => {
    const onProgress = () => {
      throw new RangeError('nobody waits for it')
    }
    await expect(reader.compare({ ...sides, onProgress })).rejects.toThrow(RangeError)
  })

  test('says where a filter is wrong', async () => {
    const asked = Promise.resolve().then(() => reader.compare({ ...sides, first: 'modle:a' }))
    await expect(asked).rejects.toMatchObject({ code: 'bad_query', nearest: 'model', from: 0 })
    const tooFew = reader.compare({ ...sides, limit: -1 })
    await expect(tooFew).rejects.toMatchObject({ code: 'bad_query' })
  })
})
