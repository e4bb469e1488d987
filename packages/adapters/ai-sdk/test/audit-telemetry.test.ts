import { memoryLog, treeOf } from '@slm-audit/testing'
import { generateText, jsonSchema, registerTelemetry, stepCountIs, tool } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { afterEach, expect, test } from 'vitest'
import { auditTelemetry } from '../src/index.ts'

const known = globalThis.AI_SDK_TELEMETRY_INTEGRATIONS
afterEach(() => {
  globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = known
})

const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined }
}

/** A model of the SDK's own test kit that answers in turn. */
function modelOf(...answers: ({ tool: string } | string)[]) {
  return new MockLanguageModelV4({
    doGenerate: answers.map((answer) => ({
      content: [
        typeof answer === 'string'
          ? { type: 'text', text: answer }
          : {
              type: 'tool-call',
              toolCallId: `id-${answer.tool}`,
              toolName: answer.tool,
              input: '{}'
            }
      ],
      finishReason: { unified: typeof answer === 'string' ? 'stop' : 'tool-calls', raw: undefined },
      usage,
      warnings: []
    }))
  })
}

/** An agent whose tool asks another model. */
async function askAgent(settings: object = {}) {
  const inner = modelOf('blue')
  const execute = async () => (await generateText({ model: inner, prompt: 'colour?' })).text
  const look = tool({ inputSchema: jsonSchema({ type: 'object' }), execute })
  const model = modelOf({ tool: 'look' }, 'It is blue.')
  const options = { model, prompt: 'What colour?', tools: { look }, stopWhen: stepCountIs(3) }
  return (await generateText({ ...options, ...settings })).text
}

test('registered, even twice, it records agents and those inside of their tools as one tree', async () => {
  const { log, calls, problems } = memoryLog()
  registerTelemetry(auditTelemetry(log))
  registerTelemetry(auditTelemetry(log))
  const answer = await log.withContext({ user: 'u-7' }, () => askAgent())
  expect(answer).toBe('It is blue.')
  const found = await calls()
  expect(treeOf(found)).toEqual([
    'step ai.generateText',
    '  call chat',
    '    tool look',
    '      step ai.generateText',
    '        call chat',
    '  call chat'
  ])
  expect(new Set(found.map(({ record }) => record.context?.user))).toEqual(new Set(['u-7']))
  // What the model did not say is absent: no id, no count, no reason of its own.
  expect(found[1]?.record.response).toEqual({
    finishReasons: ['tool-calls'],
    finish: ['tool_calls'],
    usage: { inputTokens: 3, raw: { inputTokens: { total: 3, noCache: 3 } } },
    toolCalls: [{ id: 'id-look', name: 'look' }]
  })
  expect(problems).toEqual([])
})

test('a call names its step, and keeps out of records what telemetry may not see', async () => {
  const { log, calls } = memoryLog()
  const integrations = auditTelemetry(log)
  await askAgent({
    telemetry: { integrations, functionId: 'colours', recordInputs: false, recordOutputs: false }
  })
  const found = await calls()
  expect(treeOf(found)).toEqual(['step colours', '  call chat', '    tool look', '  call chat'])
  expect(found.map(({ contents }) => contents)).toEqual([{}, {}, {}, {}])
})

test('once the log is closed nothing is recorded, which is told, and the agent goes on', async () => {
  const { log, calls, problems } = memoryLog()
  await log.close()
  const settings = { telemetry: { integrations: auditTelemetry(log) } }
  expect(await askAgent(settings)).toBe('It is blue.')
  await expect(calls()).resolves.toEqual([])
  expect([...new Set(problems.map(({ code }) => code))]).toEqual(['closed'])
})
