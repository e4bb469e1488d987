import { setImmediate } from 'node:timers/promises'
import { compareCalls, type Reader } from '@slm-audit/core/reader'
import { type ContentsEncryption, openReader } from '@slm-audit/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh, service } from '../encryption/contents-support.ts'
import { freshFile, openLog } from '../support.ts'

const QUESTIONS = 60

/** A log of two models that were asked the same, and answered half of it alike. */
async function writeLog(questions: number, contents?: ContentsEncryption): Promise<string> {
  const file = freshFile()
  const { log } = await openLog({ file, ...(contents && { encryption: { contents } }) })
  for (let at = 0; at < questions; at++) {
    for (const model of ['a', 'b']) {
      const asked = { operation: 'chat', provider: 'p', model, input: `question ${at}` }
      await log.record(asked, async () => (model === 'b' && at % 2 ? 'no' : 'yes'))
    }
  }
  await log.close()
  return file
}

describe('a comparison', () => {
  let reader: Reader
  const sides = { first: 'model:a', second: 'model:b' }

  beforeAll(async () => {
    const file = await writeLog(QUESTIONS)
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

  test.each([
    ['in a file', fresh().contents],
    ['behind a function', { keys: service().keys }]
  ])('reads contents whose keys are %s', async (_, contents) => {
    await using encrypted = await openReader(await writeLog(4, contents))
    expect(await encrypted.compare(sides)).toMatchObject({ pairs: 4, changed: 2 })
  })
})
