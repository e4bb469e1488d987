import type { AuditedCall } from '@slm-audit/core/reader'
import { expectRecord, outcomeOf, testMethod } from '@slm-audit/testing/conformance'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import { type LLamaChatPromptOptions, LlamaChatSession } from 'node-llama-cpp'
import { expect } from 'vitest'
import { wrapLlamaChatSession } from '../src/index.ts'
import { ThinkingWrapper, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const THOUGHT = ' log keeps every prompt, every'

/** When a thought began and ended is told by the clock. */
const TIMES = ['startTime', 'endTime', 'segmentStartTime', 'segmentEndTime']
function withoutTimes<T>(value: T): T {
  const hide = (name: string, inner: unknown) => (TIMES.includes(name) ? 'a time' : inner)
  return JSON.parse(JSON.stringify(value, hide)) as T
}

/** Asks for an answer with a thought of six tokens, and notes every chunk. */
async function ask(session: LlamaChatSession, options: LLamaChatPromptOptions = {}) {
  const heard: unknown[] = []
  const { onResponseChunk } = options
  const outcome = await outcomeOf(() =>
    session.promptWithMeta(tinyModelPrompt, {
      temperature: 0,
      maxTokens: 40,
      budgets: { thoughtTokens: 6 },
      ...options,
      onResponseChunk(chunk) {
        heard.push(chunk)
        onResponseChunk?.(chunk)
      }
    } as LLamaChatPromptOptions)
  )
  return withoutTimes({ heard, outcome, history: session.getChatHistory() })
}

testMethod<LlamaChatSession>({
  name: 'chat session that thinks',
  create: async () =>
    new LlamaChatSession({
      contextSequence: await runtime().newSequence(),
      chatWrapper: new ThinkingWrapper(),
      systemPrompt: ''
    }),
  wrap: wrapLlamaChatSession,
  scenarios: [
    {
      name: 'a thought, then the answer',
      run: (session) => ask(session),
      check: ([call]) => {
        const contents = withoutTimes(call?.contents)
        const same = { ...call, contents } as AuditedCall
        expectRecord(same, new URL('../fixtures/thoughts/', import.meta.url))
        expect(call?.record.reasoning).toMatchObject({ source: 'segment', tokens: 6 })
        expect(call?.record.response?.usage).toMatchObject({ outputTokens: 31, reasoningTokens: 6 })
        expect(call?.contents.reasoning).toBe(THOUGHT)
      }
    },
    {
      name: 'the history holds a thought',
      run: async (session) => [await ask(session), await ask(session)],
      check: ([, call]) =>
        expect(call?.contents.input).toMatchObject([
          {},
          {},
          { response: [{ segmentType: 'thought', text: THOUGHT }, expect.any(String)] },
          {}
        ])
    },
    {
      name: 'stopped while it thinks',
      run: (session) => {
        const stop = new AbortController()
        const onResponseChunk = () => stop.abort(new Error('enough'))
        return ask(session, { signal: stop.signal, onResponseChunk })
      },
      check: ([call]) => {
        expect(call?.record).toMatchObject({ stage: 'cancelled', outcome: { by: 'signal' } })
        expect(call?.contents.output).toMatchObject([{ segmentType: 'thought' }])
      }
    },
    {
      name: 'stopped behind the thought',
      run: (session) => {
        const stop = new AbortController()
        const onResponseChunk: LLamaChatPromptOptions['onResponseChunk'] = ({ type }) => {
          if (type === undefined) stop.abort(new Error('enough'))
        }
        return ask(session, { signal: stop.signal, onResponseChunk })
      },
      check: ([call]) => {
        expect(call?.record.reasoning?.tokens).toBe(6)
        expect(call?.contents).toMatchObject({
          reasoning: THOUGHT,
          output: [{ segmentType: 'thought', text: THOUGHT }, ' log']
        })
      }
    }
  ]
})
