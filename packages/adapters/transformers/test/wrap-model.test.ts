import { AuditError, createAuditLog, memoryJournal, webPlatform } from '@slm-audit/core'
import { callsOf, memoryLog } from '@slm-audit/testing'
import { testMethod } from '@slm-audit/testing/conformance'
import { describe, expect, test } from 'vitest'
import { wrapModel, wrapPipeline } from '../src/index.ts'
import { type AnyPipeline, type Tensor, useRuntime, versions } from './runtime.ts'

const runtime = useRuntime('tiny-chat', 'tiny-whisper', 'tiny-sentiment')
const PROMPT = 'What does an audit log keep?<eos><|assistant|>'

/** Generates with the model alone, as applications do that tokenise by themselves. */
async function generate(pipe: AnyPipeline, options: object = {}) {
  const inputs = pipe.tokenizer(PROMPT, { add_special_tokens: false })
  return await pipe.model.generate({ ...inputs, max_new_tokens: 40, ...options })
}

const asList = (tensor: Tensor) => ({ dims: tensor.dims, rows: tensor.tolist() })

for (const version of versions) {
  testMethod<AnyPipeline>({
    name: `v${version} model.generate`,
    create: () => runtime(version).load('tiny-chat'),
    wrap(pipe, log) {
      expect(wrapModel(pipe.model, log, { tokenizer: pipe.tokenizer })).toBe(pipe.model)
      return pipe
    },
    scenarios: [
      {
        name: 'tokens from tokens',
        folder: new URL('../fixtures/generate/', import.meta.url),
        run: async (pipe) => asList(await generate(pipe)),
        check([call]) {
          expect(call?.record).toMatchObject({
            stage: 'complete',
            call: { operation: 'text_completion', settings: { max_new_tokens: 40 } },
            response: { finishReasons: ['eos'], usage: { inputTokens: 9, outputTokens: 27 } }
          })
          expect(call?.contents.input).toEqual({
            input_ids: [{ text: expect.stringContaining('What does'), tokens: expect.any(Array) }]
          })
          expect(call?.contents.output).toEqual([
            {
              text: expect.stringMatching(/^An audit log .* answered\.$/),
              tokens: expect.any(Array)
            }
          ])
        }
      },
      {
        name: 'other ids that end a text',
        run: async (pipe) => {
          const { input_ids } = pipe.tokenizer('audit', { add_special_tokens: false })
          const eos_token_id = Number(input_ids.data[0])
          return asList(await generate(pipe, { eos_token_id }))
        },
        check: ([call]) =>
          expect(call?.record.response).toMatchObject({
            finishReasons: ['eos'],
            usage: { outputTokens: 2 }
          })
      },
      {
        name: 'no options',
        run: (pipe) => (pipe.model.generate as () => unknown)(),
        check: ([call]) => expect(call?.record.stage).toBe('error')
      },
      {
        name: 'ids that no model knows',
        run: (pipe) => generate(pipe, { input_ids: 'nothing' }),
        check: ([call]) => expect(call?.record.stage).toBe('error')
      }
    ]
  })
}

describe('wrapped objects', () => {
  test('stay instances of their classes, with nothing new to enumerate', async () => {
    const { load, lib } = runtime('4')
    const pipe = await load('tiny-chat')
    const keys = [Object.keys(pipe), Object.keys(pipe.model)]
    const { log } = memoryLog()
    expect(wrapPipeline(pipe, log)).toBe(pipe)
    expect(pipe).toBeInstanceOf(lib.TextGenerationPipeline)
    expect([Object.keys(pipe), Object.keys(pipe.model)]).toEqual(keys)
  })

  test('a pipeline and its model, both wrapped, record a call once', async () => {
    const pipe = await runtime('4').load('tiny-chat')
    const { log, calls } = memoryLog()
    wrapModel(pipe.model, log)
    wrapPipeline(pipe, log)
    await pipe(PROMPT, { max_new_tokens: 2 })
    await generate(pipe, { max_new_tokens: 3 })
    const recorded = (await calls()).map(({ record }) => [
      record.call?.protocol,
      record.response?.usage?.outputTokens
    ])
    expect(recorded).toEqual([
      ['transformers.text-generation', 2],
      ['transformers.generate', 3]
    ])
  })

  test('a call made in a streamer is a call of its own below it', async () => {
    const { load } = runtime('4')
    const { log, calls } = memoryLog()
    const pipe = wrapPipeline(await load('tiny-chat'), log)
    const sentiment = wrapPipeline(await load('tiny-sentiment'), log)
    let inner: Promise<unknown> | undefined
    const streamer = {
      put() {
        inner ??= Promise.all([sentiment('good'), generate(pipe, { max_new_tokens: 3 })])
      },
      end: () => undefined
    }
    await pipe(PROMPT, { max_new_tokens: 2, streamer })
    await inner
    const [outer, ...below] = await calls()
    expect(outer?.record.response?.usage).toEqual({ inputTokens: 9, outputTokens: 2 })
    expect(below.map(({ record }) => [record.parent, record.response?.usage])).toEqual([
      [outer?.auditId, { inputTokens: 3 }],
      [outer?.auditId, { inputTokens: 9, outputTokens: 3 }]
    ])
  })

  test('an error is the one that was thrown, in a streamer and in a criterion', async () => {
    const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), memoryLog().log)
    const error = new Error('mine')
    const raise = () => {
      throw error
    }
    await expect(pipe(PROMPT, { streamer: { put: raise, end: raise } })).rejects.toBe(error)
    await expect(pipe(PROMPT, { stopping_criteria: [raise] })).rejects.toBe(error)
    await expect(pipe(PROMPT, { logits_processor: [raise] })).rejects.toBe(error)
  })

  test('a log that closes in the middle keeps what was generated until then', async () => {
    const { log, journal } = memoryLog()
    const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log)
    let puts = 0
    let closing: Promise<void> | undefined
    const streamer = {
      put() {
        if (++puts === 4) closing = log.close()
      },
      end: () => undefined
    }
    await pipe(PROMPT, { max_new_tokens: 20, streamer })
    await closing
    expect(puts).toBe(21)
    const [call] = callsOf(journal.records)
    expect(call?.record).toMatchObject({
      stage: 'abandoned',
      response: { usage: { inputTokens: 9, outputTokens: 3 } }
    })
    expect(call?.contents.output).toEqual(['An audit log'])
  })

  test('a limit that is not there is no reason', async () => {
    const { log, calls } = memoryLog()
    const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log)
    const at = (length: number) => (ids: unknown[][]) => ids.map((row) => row.length >= length)
    // What a model with a criterion of its own looks like from outside.
    const original = Reflect.get(pipe.model, '_get_stopping_criteria') as (...args: unknown[]) => {
      push(one: unknown): void
    }
    Reflect.set(pipe.model, '_get_stopping_criteria', (...args: unknown[]) => {
      const list = original.apply(pipe.model, args)
      list.push(at(12))
      return list
    })
    await pipe(PROMPT, { max_new_tokens: 10 })
    await pipe(PROMPT, { max_new_tokens: 3 })
    expect((await calls()).map(({ record }) => record.response)).toEqual([
      { usage: { inputTokens: 9, outputTokens: 3 } },
      {
        finishReasons: ['length'],
        finish: ['length'],
        usage: { inputTokens: 9, outputTokens: 3 }
      }
    ])
  })

  test('settings hold no numbers of tensors, nor what refers to itself', async () => {
    const { log, calls } = memoryLog()
    const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log)
    const { Tensor } = runtime('4').lib
    const loop: { self?: unknown } = {}
    loop.self = loop
    await pipe(PROMPT, {
      max_new_tokens: 1,
      tensor: new Tensor('float32', new Float32Array(6), [2, 3]),
      samples: new Float32Array(4),
      seed: 7n,
      loop
    })
    const [call] = await calls()
    expect(call?.record.call?.settings).toEqual({ max_new_tokens: 1, seed: 7 })
    expect(call?.contents.settings).toMatchObject({
      tensor: { type: 'float32', dims: [2, 3], data: { Float32Array: { bytes: 24 } } },
      samples: { Float32Array: { bytes: 16 } }
    })
  })

  test('two logs each get their own record', async () => {
    const pipe = await runtime('4').load('tiny-chat')
    const [one, two] = [memoryLog(), memoryLog()]
    wrapPipeline(wrapPipeline(pipe, one.log), two.log)
    await pipe(PROMPT, { max_new_tokens: 4 })
    for (const { calls } of [one, two]) {
      const [call, ...more] = await calls()
      expect(more).toEqual([])
      expect(call?.record.response?.usage).toEqual({ inputTokens: 9, outputTokens: 4 })
    }
  })

  test('without asynchronous context a call is recorded once too', async () => {
    const journal = memoryJournal()
    const log = createAuditLog({ journal, platform: webPlatform(), onProblem: () => undefined })
    const { load } = runtime('4')
    const speech = wrapPipeline(await load('tiny-whisper'), log)
    const sentiment = wrapPipeline(await load('tiny-sentiment'), log)
    await speech(new Float32Array(400), { max_new_tokens: 3 })
    await sentiment('good')
    await log.flush()
    const calls = callsOf(journal.records)
    expect(calls.map(({ record }) => record.response?.usage)).toEqual([
      { outputTokens: 3 },
      { inputTokens: 3 }
    ])
  })

  test('no record, no call: in blocking-strict the model is not asked', async () => {
    const journal = { ...memoryJournal(), append: () => Promise.reject(new Error('disk full')) }
    const log = createAuditLog({
      journal,
      mode: 'blocking-strict',
      deadlineMs: 200,
      onProblem: () => undefined
    })
    const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log)
    let puts = 0
    const streamer = { put: () => puts++, end: () => undefined }
    const error = await pipe(PROMPT, { streamer }).catch((reason: unknown) => reason)
    expect(AuditError.is(error)).toBe(true)
    expect(puts).toBe(0)
  })

  test('other objects are refused with what to give instead', () => {
    const { log } = memoryLog()
    expect(() => wrapPipeline({}, log)).toThrow('give wrapPipeline what `pipeline()` resolves to')
    expect(() => wrapModel({}, log)).toThrow('give wrapModel a model')
  })
})
