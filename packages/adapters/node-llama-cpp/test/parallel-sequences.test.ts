import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import {
  EmptyChatWrapper,
  LlamaChatSession,
  type LlamaContextSequence,
  type LlamaModel
} from 'node-llama-cpp'
import { expect, test } from 'vitest'
import { wrapLlama, wrapLlamaChatSession } from '../src/index.ts'
import { callsOf, newLog, small, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const greedy = { temperature: 0, maxTokens: 12 } as const

test('sequences of one context that run at once keep their own calls', async () => {
  const { log, journal } = newLog()
  const questions = [tinyModelPrompt, 'Can a person be erased?', 'How is a record verified?']
  const ask = async (model: LlamaModel) => {
    const context = await model.createContext({ ...small, sequences: questions.length })
    const sessions = questions.map(() => newSession(context.getSequence()))
    return {
      sessions,
      run: () => Promise.all(sessions.map((one, at) => one.prompt(questions[at] ?? '', greedy)))
    }
  }
  const control = await (await ask(runtime().model)).run()
  const { sessions, run } = await ask(
    wrapLlama(await runtime().llama.loadModel({ modelPath: runtime().path }), log)
  )
  for (const session of sessions) wrapLlamaChatSession(session, log)
  expect(await run()).toEqual(control)
  const calls = await callsOf(log, journal)
  expect(calls.map(({ contents }) => contents.output)).toEqual(control)
  for (const [at, { record, contents }] of calls.entries()) {
    expect(contents.input).toMatchObject([{}, { text: questions[at] }])
    const { inputTokens = 0, outputTokens = 0 } = record.response?.usage ?? {}
    expect(inputTokens + outputTokens - 1).toBe(sessions[at]?.sequence.nextTokenIndex)
  }
})

function newSession(contextSequence: LlamaContextSequence) {
  return new LlamaChatSession({ contextSequence, chatWrapper: new EmptyChatWrapper() })
}
