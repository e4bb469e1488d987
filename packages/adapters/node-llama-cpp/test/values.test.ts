import { testValues } from '@slm-audit/testing/conformance'
import { type LlamaChatSession, LlamaCompletion } from 'node-llama-cpp'
import { beforeAll } from 'vitest'
import { wrapLlamaChatSession, wrapLlamaCompletion } from '../src/index.ts'
import { useRuntime } from './runtime.ts'

const runtime = useRuntime()
let contextSequence: Awaited<ReturnType<ReturnType<typeof runtime>['newSequence']>>
beforeAll(async () => {
  contextSequence = await runtime().newSequence()
})

testValues({
  name: 'node-llama-cpp: a completion',
  given: [
    {
      response: 'Rain in Ulm.',
      metadata: { stopReason: 'maxTokens', remainingGenerationAfterStop: 'and Oslo', speed: 33.25 }
    }
  ],
  play(log, [given]) {
    const completion = new LlamaCompletion({ contextSequence })
    Object.assign(completion, { generateCompletionWithMeta: async () => given })
    return wrapLlamaCompletion(completion, log).generateCompletionWithMeta('Rain?')
  }
})

testValues({
  name: 'node-llama-cpp: an answer of a chat',
  given: [
    {
      response: [
        { type: 'segment', segmentType: 'thought', text: 'They ask for rain.', ended: true },
        { type: 'functionCall', name: 'weather', params: { city: 'Ulm' }, result: { sky: 'grey' } },
        'Rain in Ulm.'
      ],
      responseText: 'Rain in Ulm.',
      stopReason: 'customStopTrigger',
      customStopTrigger: ['wet'],
      remainingGenerationAfterStop: 'and Oslo'
    }
  ],
  structure: ['/responseText'],
  play(log, [given]) {
    const session = {
      sequence: contextSequence,
      getChatHistory: () => [],
      promptWithMeta: async () => given
    } as unknown as LlamaChatSession
    return wrapLlamaChatSession(session, log).promptWithMeta('Rain?')
  }
})
