import { describe, expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

/** The call whose settings are those. */
async function callWith(settings: { readonly [name: string]: unknown }) {
  const { log, journal, problems } = newLog()
  log.open({ ...chat, settings }).complete({ output: 'x', details: settings })
  await log.flush()
  expect(problems).toEqual([])
  const [call] = callsOf(journal.records)
  if (call === undefined) throw new Error('no call was recorded')
  const { facts, texts } = {
    facts: call.record.call?.settings,
    texts: call.contents.settings
  }
  // What an answer tells beside its words is parted alike.
  expect(call.record.response?.details).toEqual(facts)
  expect(call.contents.details).toEqual(texts)
  return { facts, texts }
}

describe('headers hold settings, contents hold what was said', () => {
  test('numbers, switches and known words under known names stay', async () => {
    const settings = {
      temperature: 0.2,
      maxTokens: 5,
      stream_options: { include_usage: true },
      tool_choice: { type: 'function' },
      reasoning: { effort: 'LOW' },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      text: { verbosity: 'low' },
      size: '1024x1024',
      timings: { anything_ms: 12.5 },
      best_of: null
    }
    expect(await callWith(settings)).toEqual({ facts: settings, texts: undefined })
  })

  test('unknown names, unknown words and all of what they hold move, and stay where they were', async () => {
    const sent = {
      seed: 1,
      user: 'u-7',
      patient: 4711,
      is_pregnant: true,
      metadata: { phone: '+15550100', vip: true },
      stop: ['###'],
      logit_bias: { '50256': -100 },
      reasoning_effort: 'Alice',
      temperature: '+49 170 1234567',
      response_format: { type: 'json_schema', json_schema: { name: 'Alice', strict: true } },
      tool_choice: { type: 'function', function: { name: 'call_alice' } },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', for: 'Alice' }, { threshold: 1 }],
      include: ['logprobs', 'Alice'],
      timings: { 'alice@example.com': 1, total: 'Alice' },
      日本: 1,
      many: Array.from({ length: 97 }, () => 1)
    }
    expect(await callWith(sent)).toEqual({
      facts: {
        seed: 1,
        response_format: { type: 'json_schema', json_schema: { strict: true } },
        tool_choice: { type: 'function' },
        safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT' }, { threshold: 1 }]
      },
      texts: {
        user: 'u-7',
        patient: 4711,
        is_pregnant: true,
        metadata: sent.metadata,
        stop: sent.stop,
        logit_bias: sent.logit_bias,
        reasoning_effort: 'Alice',
        temperature: sent.temperature,
        response_format: { json_schema: { name: 'Alice' } },
        tool_choice: { function: { name: 'call_alice' } },
        safetySettings: [{ for: 'Alice' }, {}],
        include: sent.include,
        timings: sent.timings,
        日本: 1,
        many: sent.many
      }
    })
  })

  test('an object of a class, or one too deep, moves as it is', async () => {
    let deep: object = { a: 1 }
    for (let at = 0; at < 10; at++) deep = { deep }
    const at = new Date(0)
    const { facts, texts } = await callWith({ at, ...deep, seed: 1 })
    expect(facts).toEqual({ seed: 1 })
    expect(texts).toMatchObject({ at: at.toJSON() })
    expect(JSON.stringify(texts)).toContain('"a":1')
  })

  test('one that cannot be read, or that holds itself, costs nothing else', async () => {
    const round: { [name: string]: unknown } = { seed: 1 }
    round.round = round
    const throws = Object.defineProperty({ seed: 1 }, 'bad', {
      enumerable: true,
      get() {
        throw new Error('secret words')
      }
    })
    expect((await callWith(round)).facts).toMatchObject({ seed: 1 })
    const { facts, texts } = await callWith(throws)
    expect(facts).toBeUndefined()
    expect(texts).toBe('[unreadable: Error]')
  })
})
