import type { AuditedCall } from '@slm-audit/core/reader'
import { type MethodScenario, testMethod } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { wrapPipeline } from '../src/index.ts'
import { type AnyPipeline, type Transformers, useRuntime, type Version } from './runtime.ts'

const runtime = useRuntime('tiny-chat')
const QUESTION = 'What does an audit log keep?'
const ANSWER =
  'An audit log keeps every prompt, every answer and every signal. ' +
  'Each record says who asked, when, and which model answered.'
const folder = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)
const chat = Object.freeze([Object.freeze({ role: 'user', content: QUESTION })])

function only(calls: AuditedCall[]): AuditedCall {
  expect(calls).toHaveLength(1)
  const [call] = calls
  if (call === undefined) throw new Error('no call was recorded')
  return call
}

/** A streamer that notes all it is given, and does something at its nth token. */
class NotingStreamer {
  readonly heard: unknown[] = []
  #puts = 0
  readonly #at: number
  readonly #act: () => void

  constructor(at = -1, act: () => void = () => undefined) {
    this.#at = at
    this.#act = act
  }

  put(value: bigint[][]) {
    this.heard.push(value.map((row) => [...row]))
    if (this.#puts++ === this.#at) this.#act()
  }

  end() {
    this.heard.push('end')
  }
}

function scenariosOf(lib: () => Transformers, confidence: boolean): MethodScenario<AnyPipeline>[] {
  return [
    {
      name: 'a chat, with frozen options',
      folder: folder(confidence ? 'chat-confidence' : 'chat'),
      run: (pipe) => pipe(chat, Object.freeze({ max_new_tokens: 60, do_sample: false })),
      check(calls) {
        const { record, contents } = only(calls)
        expect(record).toMatchObject({
          stage: 'complete',
          call: { operation: 'chat', provider: 'transformers.js', stream: false },
          response: {
            finishReasons: ['eos'],
            finish: ['stop'],
            usage: { inputTokens: 10, outputTokens: 27 }
          },
          timing: { chunks: 27, timeToFirstChunkMs: expect.any(Number) }
        })
        expect(record.call?.settings).toEqual({ max_new_tokens: 60, do_sample: false })
        expect(contents.input).toEqual(chat)
        expect(contents.output).toEqual([
          { generated_text: [{ role: 'assistant', content: ` ${ANSWER}` }] }
        ])
      }
    },
    {
      name: 'a prompt, without options',
      run: (pipe) => pipe(`${QUESTION}<eos><|assistant|>`),
      check(calls) {
        const { record, contents } = only(calls)
        expect(record.call?.operation).toBe('text_completion')
        expect(record.call?.settings).toBeUndefined()
        // Version 3.0 stops at 20 tokens where nobody says how many.
        expect(`${QUESTION} ${ANSWER}`).toContain(
          (contents.output as { generated_text: string }[])[0]?.generated_text
        )
      }
    },
    {
      name: 'a TextStreamer',
      ...(!confidence && { folder: folder('chat-streamed') }),
      async run(pipe) {
        const heard: unknown[] = []
        const streamer = new (lib().TextStreamer)(pipe.tokenizer as never, {
          skip_prompt: true,
          skip_special_tokens: true,
          callback_function: (text) => heard.push(text),
          token_callback_function: (tokens) => heard.push(tokens)
        })
        return { result: await pipe(chat, { max_new_tokens: 60, streamer }), heard }
      },
      check(calls) {
        const { record } = only(calls)
        expect(record.call?.stream).toBe(true)
        expect(record.call?.settings).toEqual({ max_new_tokens: 60 })
        expect(record.timing?.chunks).toBe(27)
      }
    },
    {
      name: 'a streamer of its own, used for two calls',
      async run(pipe) {
        const streamer = new NotingStreamer()
        await pipe(chat, { max_new_tokens: 3, streamer })
        return { result: await pipe(chat, { max_new_tokens: 2, streamer }), heard: streamer.heard }
      },
      check: (calls) =>
        expect(
          calls.map(({ record }) => [
            record.response?.usage?.outputTokens,
            record.response?.finishReasons
          ])
        ).toEqual([
          [3, ['length']],
          [2, ['length']]
        ])
    },
    {
      name: 'a streamer that throws',
      run: (pipe) => {
        const streamer = new NotingStreamer(3, () => {
          throw new RangeError('in the streamer')
        })
        return pipe(chat, { max_new_tokens: 10, streamer })
      },
      check(calls) {
        const { record, contents } = only(calls)
        expect(record).toMatchObject({ stage: 'error', outcome: { type: 'RangeError' } })
        expect(record.response?.usage).toEqual({ inputTokens: 10, outputTokens: 3 })
        expect(record.response?.finishReasons).toBeUndefined()
        expect(contents.output).toEqual(['An audit log'])
        expect(contents.error).toBe('in the streamer')
      }
    },
    {
      name: 'interrupted',
      async run(pipe) {
        const stopping_criteria = new (lib().InterruptableStoppingCriteria)()
        const streamer = new NotingStreamer(4, () => stopping_criteria.interrupt())
        const options = Object.freeze({ max_new_tokens: 60, streamer, stopping_criteria })
        return { result: await pipe(chat, options), heard: streamer.heard }
      },
      check(calls) {
        const { record, contents } = only(calls)
        expect(record).toMatchObject({
          stage: 'cancelled',
          outcome: { by: 'consumer' },
          response: {
            finishReasons: ['interrupted'],
            finish: ['cancelled'],
            usage: { outputTokens: 4 }
          }
        })
        expect(contents.settings).toMatchObject({
          stopping_criteria: [expect.stringContaining('InterruptableStoppingCriteria')]
        })
        expect(contents.output).toEqual([
          { generated_text: [{ role: 'assistant', content: ' An audit log keeps' }] }
        ])
      }
    },
    {
      name: 'a list of stopping criteria, one of which stops',
      async run(pipe) {
        const { StoppingCriteria, StoppingCriteriaList, InterruptableStoppingCriteria } = lib()
        class AtLength extends StoppingCriteria {
          override _call(ids: unknown[][]) {
            return ids.map((row) => row.length >= 15)
          }
        }
        const stopping_criteria = new StoppingCriteriaList()
        stopping_criteria.extend([new InterruptableStoppingCriteria(), new AtLength()])
        const result = await pipe(chat, { max_new_tokens: 60, stopping_criteria })
        return { result, kept: stopping_criteria.criteria.length }
      },
      check: (calls) =>
        expect(only(calls).record).toMatchObject({
          stage: 'complete',
          response: { finishReasons: ['stopping_criteria'], usage: { outputTokens: 5 } }
        })
    },
    {
      name: 'logits processors that change the answer',
      async run(pipe) {
        let called = 0
        const neverEnd = (_ids: unknown, logits: { readonly data: Float32Array }) => {
          called++
          logits.data[4] = Number.NEGATIVE_INFINITY
          return logits
        }
        // Version 3.0 does not export the list.
        const { LogitsProcessorList: List } = lib() as Partial<Transformers>
        const list = List === undefined ? undefined : new List()
        list?.push(neverEnd as never)
        const logits_processor = list ?? [neverEnd]
        const result = await pipe(chat, { max_new_tokens: 40, logits_processor })
        return { result, called, kept: list?.processors.length }
      },
      check: (calls) =>
        expect(only(calls)).toMatchObject({
          record: { response: { finishReasons: ['length'], usage: { outputTokens: 40 } } },
          contents: { settings: { logits_processor: ['neverEnd'] } }
        })
    },
    {
      name: 'several prompts at once, padded',
      run: (pipe) => pipe(['Each record says', 'An'], { max_new_tokens: 3 }),
      check(calls) {
        const { record, contents } = only(calls)
        expect(record.response).toMatchObject({
          finishReasons: ['length', 'length'],
          usage: { inputTokens: 4, outputTokens: 6 }
        })
        expect(contents.input).toEqual(['Each record says', 'An'])
      }
    },
    {
      name: 'several chats at once',
      run: (pipe) =>
        pipe([chat, [...chat, { role: 'assistant', content: 'An' }, ...chat]], {
          max_new_tokens: 3
        }),
      check: (calls) =>
        expect(only(calls).contents.output).toEqual([
          [{ generated_text: [{ role: 'assistant', content: expect.any(String) }] }],
          [{ generated_text: [{ role: 'assistant', content: expect.any(String) }] }]
        ])
    },
    {
      name: 'tools offered to the chat template',
      ...(!confidence && { folder: folder('chat-tools') }),
      run: (pipe) =>
        pipe(chat, {
          max_new_tokens: 2,
          tools: [{ type: 'function', function: { name: 'clock', parameters: {} } }]
        }),
      check(calls) {
        const { record, contents } = only(calls)
        expect(record.call?.tools).toEqual(['clock'])
        expect(record.call?.settings).toEqual({ max_new_tokens: 2 })
        expect(contents.tools).toMatchObject([{ function: { name: 'clock' } }])
      }
    },
    {
      name: 'documents to answer from',
      run: (pipe) =>
        pipe(chat, { max_new_tokens: 2, documents: [{ title: 'Refunds', text: 'Five days.' }] }),
      check(calls) {
        const { record, contents } = only(calls)
        expect(record.call?.settings).toEqual({ max_new_tokens: 2 })
        expect(contents.input).toEqual({
          text: chat,
          documents: [{ title: 'Refunds', text: 'Five days.' }]
        })
      }
    },
    {
      name: 'calls at the same time keep their own tokens',
      run: (pipe) => Promise.all([2, 5, 3].map((max_new_tokens) => pipe(chat, { max_new_tokens }))),
      check: (calls) =>
        expect(calls.map(({ record }) => record.response?.usage?.outputTokens)).toEqual([2, 5, 3])
    },
    {
      name: 'an input of no kind',
      run: (pipe) => pipe(42),
      check: (calls) => expect(only(calls).record.stage).toBe('error')
    },
    {
      name: 'options that are not an object',
      run: (pipe) => pipe(chat, null),
      check: (calls) => expect(only(calls).record.stage).toBe('error')
    },
    {
      name: 'a pipeline that is disposed of',
      async run(pipe) {
        await (pipe as unknown as { dispose(): Promise<void> }).dispose()
        return Object.keys(pipe)
      },
      check: (calls) => expect(calls).toEqual([])
    }
  ]
}

function testVersion(version: Version, confidence: boolean): void {
  testMethod<AnyPipeline>({
    name: `v${version} text-generation${confidence ? ', confidence' : ''}`,
    create: () => runtime(version).load('tiny-chat'),
    wrap: (pipe, log) => wrapPipeline(pipe, log, { confidence }),
    scenarios: scenariosOf(() => runtime(version).lib, confidence)
  })
}

testVersion('3', false)
testVersion('4', false)
testVersion('4', true)
