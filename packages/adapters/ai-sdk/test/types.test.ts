import { memoryLog } from '@slm-audit/testing'
import { wrapLanguageModel as wrap7 } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { type generateText as generate5, wrapLanguageModel as wrap5 } from 'ai-5'
import { MockLanguageModelV2 } from 'ai-5/test'
import { type generateText as generate6, wrapLanguageModel as wrap6 } from 'ai-6'
import { MockLanguageModelV3 } from 'ai-6/test'
import { expect, test } from 'vitest'
import { auditEmbeddingModel, auditMiddleware, auditTracer } from '../src/index.ts'

test('the types fit those of every major', () => {
  const { log } = memoryLog()
  const middleware = auditMiddleware(log)
  expect(wrap5({ model: new MockLanguageModelV2(), middleware }).provider).toBe('mock-provider')
  expect(wrap6({ model: new MockLanguageModelV3(), middleware }).provider).toBe('mock-provider')
  expect(wrap7({ model: new MockLanguageModelV4(), middleware }).provider).toBe('mock-provider')
  const telemetry: Parameters<typeof generate5>[0]['experimental_telemetry'] &
    Parameters<typeof generate6>[0]['experimental_telemetry'] = {
    isEnabled: true,
    tracer: auditTracer(log)
  }
  expect(telemetry.isEnabled).toBe(true)
  const doEmbed = async (_params: { values: string[] }) => ({ embeddings: [[1]] })
  const model = { provider: 'p', modelId: 'm', doEmbed }
  expect(auditEmbeddingModel(model, log)).toBe(model)
})
