import { fakeServer, memoryLog } from '@slm-audit/testing'
import { registerTelemetry, rerank } from 'ai'
import { MockRerankingModelV4 } from 'ai/test'
import { afterEach, describe, expect, test } from 'vitest'
import { auditTelemetry } from '../src/index.ts'
import { answerOf } from './answers.ts'
import { majors, withSteps } from './majors.ts'

const known = globalThis.AI_SDK_TELEMETRY_INTEGRATIONS
afterEach(() => {
  globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = known
})

test.each(majors)('$name: what options say is content, not header', async (major) => {
  await using server = await fakeServer(answerOf('plain'))
  const { log, journal, calls } = memoryLog()
  const app = withSteps(major, major.connect(server.url), log)
  await app.ai.generateText({
    ...app.extra,
    model: app.model,
    system: 'secret instructions',
    prompt: 'secret prompt',
    stopSequences: ['secret stop'],
    topK: 5,
    providerOptions: { local: { reasoningEffort: 'low', user: 'secret user text' } },
    tools: {
      weather: app.ai.tool({ description: 'secret tool', inputSchema: app.ai.jsonSchema({}) })
    }
  } as never)
  const found = await calls()
  expect(found.map(({ record }) => record.kind)).toEqual(['step', 'call'])
  for (const { header } of journal.records) expect(header).not.toContain('secret')
  expect(found[1]?.record.call).toMatchObject({ tools: ['weather'], settings: { topK: 5 } })
  expect(found[1]?.contents).toMatchObject({ settings: { stopSequences: ['secret stop'] } })
  expect(JSON.stringify(found[1]?.contents.tools)).toContain('secret tool')
})

describe('ai 7', () => {
  test('rerank: query and documents are what is asked', async () => {
    const { log, calls } = memoryLog()
    registerTelemetry(auditTelemetry(log))
    const model = new MockRerankingModelV4({
      doRerank: async () => ({ ranking: [{ index: 0, relevanceScore: 1 }] })
    })
    await rerank({ model, query: 'rain', documents: ['sun', 'rain'] })
    const [step] = await calls()
    expect(step?.record.call?.settings).not.toHaveProperty('query')
    expect(step?.contents).toMatchObject({ input: { query: 'rain', documents: ['sun', 'rain'] } })
  })
})
