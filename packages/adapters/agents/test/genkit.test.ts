import { AsyncLocalStorage } from 'node:async_hooks'
import { memoryLog, treeOf } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { auditGenkitProcessor, type GenkitSpan } from '../src/index.ts'

/** Spans as Genkit 1.42 writes them: what was given and what came of it are set before the end. */
function newGenkit() {
  const made = memoryLog()
  const current = new AsyncLocalStorage<GenkitSpan>()
  const processor = auditGenkitProcessor(made.log, { getActiveSpan: () => current.getStore() })
  let count = 0
  async function span(
    name: string,
    attributes: { [name: string]: unknown },
    run: () => Promise<unknown> = async () => undefined,
    end: object = {},
    status: GenkitSpan['status'] = { code: 0 }
  ) {
    const spanId = String(++count).padStart(16, '0')
    const parent = current.getStore()?.spanContext()
    const made: GenkitSpan = {
      ...{ name, attributes, status: { code: 0 }, spanContext: () => ({ spanId }) },
      ...(parent && { parentSpanContext: parent })
    }
    processor.onStart(made)
    await current.run(made, run)
    processor.onEnd({ ...made, attributes: { ...attributes, ...end }, status })
  }
  return { ...made, span }
}

const action = (kind: string) => ({ 'genkit:type': 'action', 'genkit:metadata:subtype': kind })

test('a flow: what it asks models, and its tools below the call that asked', async () => {
  const { span, calls, problems } = newGenkit()
  const content = [{ toolRequest: { name: 'weather', ref: 'r1', input: {} } }]
  const output = { message: { role: 'model', content }, usage: { inputTokens: 4 } }
  const messages = [{ role: 'user', content: [{ text: 'rain?' }] }]
  await span('answer', action('flow'), async () => {
    await span('generate', { 'genkit:type': 'util' }, async () => {
      await span('local/tiny', action('model'), undefined, {
        'genkit:input': JSON.stringify({ messages, config: { temperature: 0 } }),
        'genkit:output': JSON.stringify({ ...output, finishReason: 'stop' })
      })
      await span('weather', action('tool'), undefined, {
        'genkit:input': '{"city":"Ulm"}',
        'genkit:output': '"rain"'
      })
    })
    await span('GET /', {})
  })
  const found = await calls()
  expect(treeOf(found)).toEqual([
    'step answer',
    '  step generate',
    '    call chat',
    '      tool weather'
  ])
  const [, , model, tool] = found
  expect(model?.record).toMatchObject({
    call: { provider: 'local', model: 'tiny', settings: { temperature: 0 } },
    response: { usage: { inputTokens: 4 }, toolCalls: [{ id: 'r1', name: 'weather' }] }
  })
  expect(model?.contents.input).toEqual(messages)
  expect(tool?.contents).toEqual({ output: 'rain', rest: { input: { city: 'Ulm' } } })
  expect(problems).toEqual([])
})

test('an action that failed says why', async () => {
  const { span, calls } = newGenkit()
  await span('answer', action('flow'), undefined, {}, { code: 2, message: 'no model' })
  const [step] = await calls()
  expect([step?.stage, step?.contents.error]).toEqual(['error', 'no model'])
})
