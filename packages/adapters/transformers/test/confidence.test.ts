import type { TokenLogprob } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapPipeline } from '../src/index.ts'
import { type AnyPipeline, useRuntime, versions } from './runtime.ts'

const runtime = useRuntime('tiny-chat')
const PROMPT = 'What does an audit log keep?<eos><|assistant|>'

function logprobsIn(call: AuditedCall | undefined): readonly TokenLogprob[] {
  const logprobs: unknown = call?.contents.logprobs
  if (!Array.isArray(logprobs)) throw new Error('no probabilities were recorded')
  return logprobs
}

/** The log probability of each token of a text after its first, by one run of the bare model. */
async function logprobsOf(pipe: AnyPipeline, ids: readonly number[]) {
  const { Tensor } = runtime('4').lib
  const shape = [1, ids.length]
  const { logits } = await pipe.model({
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
    attention_mask: new Tensor(
      'int64',
      BigInt64Array.from(ids, () => 1n),
      shape
    )
  })
  const width = logits.dims.at(-1) ?? 0
  const values = logits.data as Float32Array
  return ids.slice(1).map((id, at) => {
    const row = [...values.subarray(at * width, (at + 1) * width)]
    const highest = Math.max(...row)
    const total = Math.log(row.reduce((sum, one) => sum + Math.exp(one - highest), 0)) + highest
    return (row[id] ?? 0) - total
  })
}

test('the probability of the first token is that of the bare model', async () => {
  const pipe = await runtime('4').load('tiny-chat')
  const { log, calls } = memoryLog()
  const prompt = (
    pipe.tokenizer(PROMPT, { add_special_tokens: false }).input_ids.tolist() as bigint[][]
  )[0]
  const ids = (prompt ?? []).map(Number)
  const answer = await (await runtime('4').load('tiny-chat')).model.generate({
    ...pipe.tokenizer(PROMPT, { add_special_tokens: false }),
    max_new_tokens: 1
  })
  const chosen = Number(answer.data[ids.length])
  wrapPipeline(pipe, log, { confidence: true })
  await pipe(PROMPT, { max_new_tokens: 1 })
  const [call] = await calls()
  const [first] = logprobsIn(call)
  const expected = await logprobsOf(pipe, [...ids, chosen])
  expect(first?.logprob).toBeCloseTo(expected.at(-1) ?? 0, 4)
  expect(first?.top?.[0]).toEqual({ token: 'An', logprob: first?.logprob })
})

test.each(versions)(
  'transformers %s: one number a token, summed up in the header',
  async (version) => {
    const { log, calls } = memoryLog()
    const pipe = wrapPipeline(await runtime(version).load('tiny-chat'), log, { confidence: true })
    await pipe(['An audit', 'Each record says'], { max_new_tokens: 4 })
    const [call] = await calls()
    const logprobs = logprobsIn(call)
    expect(logprobs).toHaveLength(8)
    for (const { logprob, top = [] } of logprobs) {
      expect(logprob).toBeLessThanOrEqual(0)
      expect(top).toHaveLength(5)
      expect(top[0]?.logprob).toBeCloseTo(logprob, 6)
      expect(top.map((one) => one.logprob)).toEqual(
        top.map((one) => one.logprob).sort((a, b) => b - a)
      )
    }
    const mean = logprobs.reduce((sum, { logprob }) => sum + logprob, 0) / 8
    expect(call?.record.confidence).toMatchObject({
      tokens: 8,
      meanLogprob: expect.closeTo(mean, 6)
    })
  }
)

test('a temperature changes the probabilities as it changes the sampling', async () => {
  const { log, calls } = memoryLog()
  const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log, { confidence: true })
  await pipe(PROMPT, { max_new_tokens: 1, do_sample: true, temperature: 100 })
  const [call] = await calls()
  const [first] = logprobsIn(call)
  expect(first?.top?.[0]?.logprob).toBeLessThan(-3)
  expect(call?.record.call?.settings).toMatchObject({ do_sample: true, temperature: 100 })
})

test('nobody asked: no probabilities', async () => {
  const { log, calls } = memoryLog()
  const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log)
  await pipe(PROMPT, { max_new_tokens: 1 })
  const [call] = await calls()
  expect(call?.contents.logprobs).toBeUndefined()
  expect(call?.record.confidence).toBeUndefined()
})
