import type { ChatCompletionRequestBase, ChatCompletionRequestStreaming } from '@mlc-ai/web-llm'
import { MODEL, OTHER_MODEL, type StandIn } from './stand-in.ts'

/** Something that an application does with an engine, in Node or in a page. */
export interface Scenario {
  readonly name: string
  /** Returns, or throws, what the application sees. */
  run(standIn: StandIn): Promise<unknown>
  /** What the calls recorded must match, one each. */
  readonly expected: readonly object[]
  /** The folder of fixtures that holds the record. */
  readonly fixture?: string
  readonly leavesOpen?: boolean
}

const messages = [{ role: 'user' as const, content: 'How long does a refund take?' }]
const tools = [
  { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } }
]
const asksWeather = ['[{"name": "weather",', ' "arguments": {"city": "Rome"}}]']
const streamed = { stream: true as const, stream_options: { include_usage: true } }
const complete = [{ stage: 'complete' }]

async function chunksOf<T>(stream: AsyncIterable<T>, each?: (chunk: T) => void): Promise<T[]> {
  const chunks: T[] = []
  for await (const chunk of stream) {
    chunks.push(chunk)
    each?.(chunk)
  }
  return chunks
}

const chat = ({ engine }: StandIn, request: Partial<ChatCompletionRequestStreaming> = {}) =>
  engine.chat.completions.create({ messages, stream: true, ...request })

const identity = {
  name: MODEL,
  source: `https://huggingface.co/mlc-ai/${MODEL}/resolve/v1.1/`,
  revision: 'v1.1',
  architecture: 'llama',
  quantization: 'q4f16_1',
  contextSize: 4096,
  device: 'webgpu',
  runtime: { model_lib: `https://models.example/${MODEL}-webgpu.wasm` },
  // SHA-256 of `test`, as the list of models says it in base64.
  files: {
    'mlc-chat-config.json': '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
  }
}

/** Answers that are recorded whole; the first one serves for wrapping twice, too. */
const answers: readonly Scenario[] = [
  {
    name: 'chat in one piece',
    fixture: 'chat',
    run: ({ engine }) =>
      engine.chat.completions.create({
        messages,
        temperature: 0.5,
        seed: 7,
        logprobs: true,
        top_logprobs: 2
      }),
    expected: complete
  },
  {
    name: 'chat, streamed with usage',
    fixture: 'chat-streamed',
    run: async (standIn) => chunksOf(await chat(standIn, { ...streamed, logprobs: true })),
    expected: complete
  },
  {
    name: 'chat with thinking, streamed',
    fixture: 'thinking',
    async run(standIn) {
      standIn.pipeline.script = { tokens: ['<think>', 'Five', ' days.', '</think>', 'Five', '.'] }
      return chunksOf(await chat(standIn, { extra_body: { enable_thinking: true } }))
    },
    expected: complete
  },
  {
    name: 'tools; the engine changes the request',
    fixture: 'tools',
    async run({ engine, pipeline }) {
      pipeline.script = { tokens: asksWeather }
      const request: ChatCompletionRequestBase = { messages: [...messages], tools }
      return [await engine.chat.completions.create(request), request]
    },
    expected: complete
  },
  {
    name: 'tools, streamed',
    fixture: 'tools-streamed',
    async run(standIn) {
      standIn.pipeline.script = { tokens: asksWeather }
      return chunksOf(await chat(standIn, { messages: [...messages], tools, ...streamed }))
    },
    expected: complete
  },
  {
    name: 'completion in one piece, cut at its length',
    fixture: 'completion',
    run({ engine, pipeline }) {
      pipeline.script = { ...pipeline.script, finish: 'length' }
      return engine.completions.create({ prompt: 'Refunds', max_tokens: 5, logprobs: true })
    },
    expected: complete
  },
  {
    name: 'completion, streamed',
    fixture: 'completion-streamed',
    run: async ({ engine }) =>
      chunksOf(await engine.completions.create({ prompt: 'Refunds', ...streamed })),
    expected: complete
  },
  {
    name: 'embeddings',
    fixture: 'embeddings',
    run: ({ engine }) => engine.embeddings.create({ input: ['one', 'three'] }),
    expected: complete
  },
  {
    name: 'several choices',
    run: ({ engine }) => engine.chat.completions.create({ messages, n: 2 }),
    expected: [{ stage: 'complete', record: { response: { finishReasons: ['stop', 'stop'] } } }]
  },
  {
    name: "the engine's own methods",
    run: async ({ engine }) => [
      await engine.chatCompletion({ messages }),
      await engine.completion({ prompt: 'a' }),
      await engine.embedding({ input: 'a' })
    ],
    expected: ['chat', 'text_completion', 'embeddings'].map((operation) => ({
      stage: 'complete',
      record: { call: { operation, model: MODEL } }
    }))
  },
  {
    name: 'a frozen request',
    async run(standIn) {
      const request = Object.freeze({
        messages: Object.freeze(messages.map((message) => Object.freeze({ ...message }))),
        stream: true as const
      })
      return chunksOf(await chat(standIn, request as ChatCompletionRequestStreaming))
    },
    expected: [{ stage: 'complete', contents: { input: messages } }]
  },
  {
    name: 'request and chunks are changed by the application',
    async run(standIn) {
      const mine = [{ role: 'user' as const, content: 'as sent' }]
      const answer = chat(standIn, { messages: mine })
      mine.push({ role: 'user', content: 'later' })
      return chunksOf(await answer, ({ choices }) => {
        for (const { delta } of choices) delta.content = 'changed'
      })
    },
    expected: [
      {
        contents: {
          input: [{ role: 'user', content: 'as sent' }],
          output: [{ message: { content: 'Refunds take five days.' } }]
        }
      }
    ]
  },
  {
    name: 'two chats at once, one after the other on the device',
    run: (standIn) =>
      Promise.all(
        ['a', 'b'].map(async (content) =>
          chunksOf(await chat(standIn, { messages: [{ role: 'user', content }] }))
        )
      ),
    expected: ['a', 'b'].map((content) => ({
      stage: 'complete',
      contents: { input: [{ role: 'user', content }] }
    }))
  },
  {
    name: 'another model is loaded between two chats',
    async run({ engine }) {
      const before = await engine.chat.completions.create({ messages })
      await engine.reload(OTHER_MODEL)
      return [before, await engine.chat.completions.create({ messages })]
    },
    expected: [
      { record: { call: { model: MODEL }, model: identity } },
      {
        record: {
          call: { model: OTHER_MODEL },
          model: { name: OTHER_MODEL, architecture: 'qwen3', device: 'webgpu' }
        }
      }
    ]
  }
]

const partial = { contents: { output: [{ message: { content: 'Refunds take' } }] } }

/** Answers that end before their end. */
const ends: readonly Scenario[] = [
  {
    name: 'the consumer breaks',
    async run(standIn) {
      const seen: unknown[] = []
      for await (const chunk of await chat(standIn)) {
        if (seen.push(chunk) === 2) break
      }
      // The engine is free again.
      return [seen, standIn.pipeline.stopped()]
    },
    expected: [{ stage: 'cancelled', record: { outcome: { by: 'consumer' } }, ...partial }]
  },
  {
    name: 'the consumer throws',
    async run(standIn) {
      let count = 0
      for await (const _ of await chat(standIn)) if (++count === 2) throw new RangeError('enough')
    },
    expected: [{ stage: 'cancelled', record: { outcome: { by: 'consumer' } }, ...partial }]
  },
  {
    name: 'a stream is interrupted',
    run: async (standIn) =>
      chunksOf(await chat(standIn, streamed), ({ choices }) => {
        if (choices[0]?.delta.content === ' take') standIn.engine.interruptGenerate()
      }),
    expected: [
      {
        stage: 'cancelled',
        ...partial,
        record: {
          outcome: { by: 'consumer' },
          response: { finishReasons: ['abort'], finish: ['cancelled'], usage: { inputTokens: 11 } }
        }
      }
    ]
  },
  {
    name: 'an answer in one piece is interrupted',
    async run({ engine, pipeline }) {
      pipeline.script = { tokens: Array.from({ length: 200 }, (_, at) => ` ${at}`) }
      const answer = engine.chat.completions.create({ messages })
      while (pipeline.rounds === 0) await new Promise((resolve) => setTimeout(resolve, 0))
      engine.interruptGenerate()
      const { choices } = await answer
      return choices.map(({ finish_reason }) => finish_reason)
    },
    expected: [{ stage: 'cancelled', record: { outcome: { by: 'consumer' } } }]
  },
  {
    name: 'the device is lost in a stream',
    async run(standIn) {
      standIn.pipeline.script = { ...standIn.pipeline.script, failsAt: 2 }
      return chunksOf(await chat(standIn))
    },
    expected: [{ stage: 'error', contents: { ...partial.contents, error: 'the device was lost' } }]
  },
  {
    name: 'the device is lost before an answer',
    run({ engine, pipeline }) {
      pipeline.script = { ...pipeline.script, failsAt: 2 }
      return engine.chat.completions.create({ messages })
    },
    expected: [{ stage: 'error', contents: { error: 'the device was lost' } }]
  },
  {
    name: 'a model that is not loaded',
    run: ({ engine }) => engine.chat.completions.create({ messages, model: OTHER_MODEL }),
    expected: [{ stage: 'error', record: { call: { model: OTHER_MODEL } } }]
  },
  {
    name: 'what is not a request',
    run: ({ engine }) => engine.chat.completions.create(null as never),
    expected: [{ stage: 'error' }]
  },
  {
    name: 'a stream that nobody reads',
    run: async (standIn) => typeof (await chat(standIn)),
    expected: [{ stage: 'abandoned' }],
    leavesOpen: true
  }
]

/** All scenarios. */
export const scenarios: readonly Scenario[] = [...answers, ...ends]

/** Leaves out what is different in each run: ids and clocks. */
export function withoutClock(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (name, member: unknown) =>
      ['id', 'created', 'e2e_latency_s'].includes(name) ? undefined : member
    )
  )
}
