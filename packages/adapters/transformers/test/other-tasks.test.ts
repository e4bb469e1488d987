import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapPipeline } from '../src/index.ts'
import { type AnyPipeline, type AnyTokenizer, useRuntime } from './runtime.ts'

// No tiny models do these things: the pipeline is the real one, its model a stand-in.
const runtime = useRuntime('tiny-chat')

function tensorOf(type: 'float32' | 'int64', data: Float32Array | BigInt64Array, dims: number[]) {
  const { Tensor } = runtime('4').lib
  return new Tensor(type, data as never, dims)
}

test('a task that nobody knows yet is recorded by its name', async () => {
  const { SummarizationPipeline } = runtime('4').lib
  const Text2Text: object = Object.getPrototypeOf(SummarizationPipeline)
  const Base = Object.getPrototypeOf(Text2Text) as new (options: object) => object
  class Tomorrow extends Base {
    async _call(input: string) {
      return { sorted: [...input].sort().join('') }
    }
  }
  const { log, calls } = memoryLog()
  const pipe = new Tomorrow({ task: 'letter-sorting', model: { config: {} } })
  const wrapped = wrapPipeline(pipe, log) as unknown as AnyPipeline
  expect(await wrapped('cab', { seed: 1 })).toEqual({ sorted: 'abc' })
  const [call] = await calls()
  expect(call?.record.call).toMatchObject({ operation: 'letter_sorting', settings: { seed: 1 } })
  expect(call?.contents).toMatchObject({ input: 'cab', output: { sorted: 'abc' } })
})

test('thinking in the answer is marked as reasoning', async () => {
  const { TextGenerationPipeline } = runtime('4').lib
  const text = '<think>The user greets.</think>Hello!'
  const tokenizer = Object.assign(
    () => ({ input_ids: tensorOf('int64', BigInt64Array.of(1n), [1, 1]) }),
    {
      apply_chat_template: () => 'prompt',
      batch_decode: () => [text]
    }
  ) as unknown as AnyTokenizer
  const model = {
    config: {},
    generate: async () => tensorOf('int64', BigInt64Array.of(1n, 2n), [1, 2])
  }
  const { log, calls } = memoryLog()
  const pipe = wrapPipeline(
    new TextGenerationPipeline({ task: 'text-generation', model, tokenizer } as never),
    log
  ) as unknown as AnyPipeline
  await pipe('Hi', { return_full_text: true })
  const [call] = await calls()
  expect(call?.record.reasoning).toMatchObject({ source: '<think>', characters: 16 })
  expect(call?.contents.reasoning).toBe('The user greets.')
  expect(call?.record.response?.usage).toEqual({ inputTokens: 1 })
})
