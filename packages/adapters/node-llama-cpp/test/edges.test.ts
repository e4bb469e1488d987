import type { AuditedCall } from '@slm-audit/core/reader'
import { outcomeOf, testMethod } from '@slm-audit/testing/conformance'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import {
  EmptyChatWrapper,
  LlamaChatSession,
  LlamaCompletion,
  type LlamaContextSequence
} from 'node-llama-cpp'
import { expect, test, vi } from 'vitest'
import { HeardParts } from '../src/heard-parts.ts'
import {
  wrapLlamaChatSession,
  wrapLlamaCompletion,
  wrapLlamaContextSequence
} from '../src/index.ts'
import { newLog, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const greedy = { temperature: 0, maxTokens: 12 } as const

async function sequenceOf(contextSize: number): Promise<LlamaContextSequence> {
  const context = await runtime().model.createContext({ contextSize, threads: 1 })
  return context.getSequence()
}

const ends =
  (...expected: readonly unknown[]) =>
  (calls: readonly AuditedCall[]) => {
    const { outcome } = calls[0]?.record ?? {}
    expect([calls[0]?.stage, outcome?.by ?? outcome?.type].slice(0, expected.length)).toEqual(
      expected
    )
  }

/** Does something at the first chunk. */
function atFirst(run: () => unknown): () => void {
  let isOver = false
  return () => {
    if (!isOver) void run()
    isOver = true
  }
}

testMethod<LlamaChatSession>({
  name: 'chat session in a small context',
  create: async () =>
    new LlamaChatSession({
      contextSequence: await sequenceOf(128),
      chatWrapper: new EmptyChatWrapper(),
      systemPrompt: 'Be brief.'
    }),
  wrap: wrapLlamaChatSession,
  scenarios: [
    {
      name: 'an empty prompt',
      run: (session) => outcomeOf(() => session.promptWithMeta('', greedy)),
      check: ends('complete')
    },
    {
      name: 'aborted before it begins',
      run: (session) => {
        const signal = AbortSignal.abort(new Error('no'))
        return outcomeOf(() => session.prompt(tinyModelPrompt, { ...greedy, signal }))
      },
      check: ends('cancelled', 'signal')
    },
    {
      name: 'aborted before the first token, without an error',
      run: (session) => {
        const stop = new AbortController()
        const options = { ...greedy, signal: stop.signal, stopOnAbortSignal: true }
        const answer = outcomeOf(() => session.promptWithMeta(tinyModelPrompt, options))
        stop.abort()
        return answer
      },
      check: ends('cancelled', 'signal')
    },
    {
      name: 'disposed of while it answers',
      run: (session) => {
        const onTextChunk = atFirst(() => session.dispose())
        return outcomeOf(() => session.prompt(tinyModelPrompt, { ...greedy, onTextChunk }))
      },
      check: ends('error', 'DisposedError')
    },
    {
      name: 'its context is disposed of while it answers',
      run: (session) => {
        const onTextChunk = atFirst(() => session.context.dispose())
        return outcomeOf(() => session.prompt(tinyModelPrompt, { ...greedy, onTextChunk }))
      },
      check: ends('error', 'DisposedError')
    },
    {
      name: 'turns that shift the context',
      async run(session) {
        const said: unknown[] = []
        const options = { temperature: 0, maxTokens: 40 }
        for (let turn = 0; turn < 6; turn++) {
          said.push(await outcomeOf(() => session.promptWithMeta(tinyModelPrompt, options)))
        }
        return said
      },
      check: (calls) => expect(calls).toHaveLength(6)
    },
    {
      name: 'a prompt longer than its context',
      run: (session) => outcomeOf(() => session.prompt('A person is erased. '.repeat(200), greedy)),
      check: (calls) => expect(calls).toHaveLength(1)
    },
    {
      name: 'options and history are changed after the call',
      async run(session) {
        const options: { temperature: number; maxTokens: number } = { ...greedy }
        const answer = session.prompt(tinyModelPrompt, options)
        options.maxTokens = 1
        session.setChatHistory([])
        return [await answer, session.getChatHistory()]
      },
      check([call]) {
        expect(call?.record.call?.settings).toEqual(greedy)
        expect(call?.contents.input).toMatchObject([{ type: 'system' }, { text: tinyModelPrompt }])
      }
    }
  ]
})

testMethod<LlamaCompletion>({
  name: 'completion in a small context',
  create: async () => new LlamaCompletion({ contextSequence: await sequenceOf(64) }),
  wrap: wrapLlamaCompletion,
  scenarios: [
    {
      name: 'no token asked for',
      run: (completion) => completion.generateCompletionWithMeta('An audit', { maxTokens: 0 }),
      check: ends('complete')
    },
    {
      name: 'an empty prompt',
      run: (completion) => completion.generateCompletionWithMeta('', greedy),
      check: ends('complete')
    },
    {
      name: 'tokens are changed after the call',
      async run(completion) {
        const tokens = runtime().model.tokenize('An audit')
        const answer = completion.generateCompletion(tokens, greedy)
        tokens.reverse()
        return answer
      },
      check: ([call]) => expect(call?.contents.input).toMatchObject({ text: 'An audit' })
    }
  ]
})

testMethod<LlamaContextSequence>({
  name: 'sequence in a small context',
  create: () => sequenceOf(64),
  wrap: wrapLlamaContextSequence,
  scenarios: [
    ...[1, 2].map((at) => ({
      name: `disposed of after ${at} tokens`,
      run: (sequence: LlamaContextSequence) =>
        outcomeOf(async () => {
          const tokens = sequence.model.tokenize('An audit')
          let count = 0
          for await (const _token of sequence.evaluate(tokens, { temperature: 0 })) {
            if (++count === at) sequence.dispose()
          }
          return count
        }),
      check([call]: AuditedCall[]) {
        // The runtime ends the first quietly: the model did not finish.
        expect(call?.stage).toBe(at === 1 ? 'complete' : 'error')
        expect(call?.record.response).not.toHaveProperty('finishReasons')
      }
    })),
    {
      name: 'tokens are changed while it evaluates',
      async run(sequence) {
        const tokens = sequence.model.tokenize('An audit')
        const answer = sequence.evaluate(tokens, { temperature: 0 })
        const first = answer.next()
        tokens.reverse()
        return [await first, await answer.return()]
      },
      check: ([call]) => expect(call?.contents.input).toMatchObject({ text: 'An audit' })
    },
    {
      name: 'no tokens',
      run: (sequence) => outcomeOf(() => sequence.evaluate([], { temperature: 0 }).next()),
      check: (calls) => expect(calls).toHaveLength(1)
    }
  ]
})

test('a callback hears every chunk while ours fails, nothing is printed, and a problem tells of it', async () => {
  using printed = vi.spyOn(console, 'error')
  using _add = vi.spyOn(HeardParts.prototype, 'add').mockImplementation(() => {
    throw new Error('ours')
  })
  const { log, problems } = newLog()
  const contextSequence = await sequenceOf(64)
  const completion = wrapLlamaCompletion(new LlamaCompletion({ contextSequence }), log)
  const heard: string[] = []
  const onTextChunk = (chunk: string) => void heard.push(chunk)
  const text = await completion.generateCompletion('An audit', { ...greedy, onTextChunk })
  await log.flush()
  expect(text).not.toBe('')
  expect(heard.join('')).toBe(text)
  expect(printed).not.toHaveBeenCalled()
  expect(problems.map(({ cause }) => cause)).toContainEqual(new Error('ours'))
})
