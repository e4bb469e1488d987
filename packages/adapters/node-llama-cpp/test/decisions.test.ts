import { outcomeOf, testMethod } from '@slm-audit/testing/conformance'
import {
  EmptyChatWrapper,
  LlamaChat,
  LlamaChatSession,
  type LlamaDecisionContext
} from 'node-llama-cpp'
import { expect } from 'vitest'
import { wrapLlamaChat, wrapLlamaChatSession, wrapLlamaDecisionContext } from '../src/index.ts'
import { small, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const document = 'An audit log keeps every prompt.'
const questions = {
  kept: { type: 'noul', instruction: 'Is something kept?' },
  about: { type: 'choice', instruction: 'About what?', criteria: { log: null, hash: null } }
} as const

async function options() {
  return { contextSequence: await runtime().newSequence(), chatWrapper: new EmptyChatWrapper() }
}

testMethod<LlamaDecisionContext>({
  name: 'decision context',
  create: () =>
    runtime().model.createDecisionContext({ ...small, chatWrapper: new EmptyChatWrapper() }),
  wrap: wrapLlamaDecisionContext,
  scenarios: [
    {
      name: 'decide',
      run: (context) => context.decide(document, questions),
      folder: new URL('../fixtures/decisions/', import.meta.url),
      check: (calls) => expect(calls).toHaveLength(1)
    },
    {
      name: 'decideWithMeta',
      run: (context) => context.decideWithMeta(document, { kept: questions.kept }),
      check: ([call]) => expect(call?.contents.output).toMatchObject({ kept: { type: 'noul' } })
    },
    {
      name: 'the signal was aborted before',
      run: (context) => {
        const signal = AbortSignal.abort(new Error('enough'))
        return outcomeOf(() => context.decide(document, questions, { signal }))
      },
      check: ([call]) =>
        expect(call?.record).toMatchObject({ stage: 'cancelled', outcome: { by: 'signal' } })
    }
  ]
})

testMethod<LlamaChatSession>({
  name: 'chat session that decides',
  create: async () => new LlamaChatSession(await options()),
  wrap: wrapLlamaChatSession,
  scenarios: [
    {
      name: 'decide',
      run: (session) => session.decide({ kept: questions.kept }),
      check: ([call]) => {
        expect(call?.contents.input).toMatchObject({ history: [{}], questions: { kept: {} } })
        expect(call?.record.call).toMatchObject({ operation: 'decide' })
        expect(call?.record.confidence?.scores).toMatchObject([{ label: 'kept' }])
      }
    }
  ]
})

testMethod<LlamaChat>({
  name: 'chat that decides',
  create: async () => new LlamaChat(await options()),
  wrap: wrapLlamaChat,
  scenarios: [
    {
      name: 'generateDecisions',
      run: (chat) => chat.generateDecisions([{ type: 'user', text: document }], questions),
      check: ([call]) => {
        expect(call?.record.call).toMatchObject({ operation: 'decide' })
        expect(call?.record.confidence?.scores).toMatchObject([
          { label: 'kept' },
          { label: 'about' }
        ])
      }
    }
  ]
})
