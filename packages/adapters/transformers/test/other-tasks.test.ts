import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapPipeline } from '../src/index.ts'
import { type AnyPipeline, type AnyTokenizer, useRuntime } from './runtime.ts'

// No tiny models exist for these tasks: the pipeline is the real one, its model a stand-in.
const runtime = useRuntime('tiny-chat')

interface Streamer {
  put(tokens: bigint[][]): void
  end(): void
}

/** A picture of two by two pixels. */
function picture() {
  const { RawImage } = runtime('4').lib
  return new RawImage(
    Uint8ClampedArray.from({ length: 12 }, (_, at) => at),
    2,
    2,
    3
  )
}

function tensorOf(type: 'float32' | 'int64', data: Float32Array | BigInt64Array, dims: number[]) {
  const { Tensor } = runtime('4').lib
  return new Tensor(type, data as never, dims)
}

const processor = async () => ({ pixel_values: tensorOf('float32', new Float32Array(3), [1, 3]) })

test('image classification: digest of the picture, scores of the classes', async () => {
  const { ImageClassificationPipeline } = runtime('4').lib
  const logits = tensorOf('float32', Float32Array.of(2, 0), [1, 2])
  const model = Object.assign(async () => ({ logits }), {
    config: { id2label: { 0: 'cat', 1: 'dog' } }
  })
  const make = () =>
    new ImageClassificationPipeline({
      task: 'image-classification',
      model,
      processor
    } as never) as unknown as AnyPipeline
  const { log, calls } = memoryLog()
  const pipe = wrapPipeline(make(), log)
  expect(await pipe(picture(), { top_k: 2 })).toEqual(await make()(picture(), { top_k: 2 }))
  const [call] = await calls()
  expect(call?.record).toMatchObject({
    call: { operation: 'image_classification', settings: { top_k: 2 } },
    confidence: { scores: [{ label: 'cat' }, { label: 'dog' }] }
  })
  expect(call?.contents.input).toMatchObject({ width: 2, data: { media: { bytes: 12 } } })
})

test('image to text: tokens and chunks of a model that sees', async () => {
  const { ImageToTextPipeline } = runtime('4').lib
  const { tokenizer } = await runtime('4').load('tiny-chat')
  const ids = (tokenizer('An audit log').input_ids.tolist() as bigint[][])[0] ?? []
  const model = {
    config: { eos_token_id: 4 },
    async generate({ streamer }: { readonly streamer?: Streamer }) {
      streamer?.put([[0n]])
      for (const id of ids) streamer?.put([[id]])
      streamer?.end()
      return tensorOf('int64', BigInt64Array.from([0n, ...ids]), [1, ids.length + 1])
    }
  }
  const make = () =>
    new ImageToTextPipeline({
      task: 'image-to-text',
      model,
      tokenizer,
      processor
    } as never) as unknown as AnyPipeline
  const control = await make()(picture(), { max_new_tokens: 3 })
  const { log, calls } = memoryLog()
  expect(await wrapPipeline(make(), log)(picture(), { max_new_tokens: 3 })).toEqual(control)
  const [call] = await calls()
  expect(call?.record).toMatchObject({
    call: { operation: 'image_to_text' },
    response: { finishReasons: ['length'], usage: { outputTokens: 3 } },
    timing: { chunks: 3 }
  })
  expect(call?.contents.output).toEqual([{ generated_text: 'An audit log' }])
})

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
