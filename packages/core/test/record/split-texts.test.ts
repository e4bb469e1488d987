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
  test('numbers, switches, words, lists and objects of them stay', async () => {
    const settings = {
      temperature: 0.2,
      stream_options: { include_usage: true },
      user: 'u-7',
      tool_choice: { type: 'function', function: { name: 'weather' } },
      stop: ['###', '<|im_end|>'],
      logit_bias: { '50256': -100 },
      safety: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      text: { verbosity: 'low' },
      best_of: null,
      grammar: ''
    }
    expect(await callWith(settings)).toEqual({ facts: settings, texts: undefined })
  })

  test('texts and schemas move, and stay where they were', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } }
    const sent = {
      seed: 1,
      stop: ['\nUser:'],
      response_format: { type: 'json_schema', json_schema: { name: 'w', schema } },
      guided_json: schema,
      prompt: 'refund',
      openai: { effort: 'low', instructions: 'Brief', notes: ['a b', 'c'] },
      日本: 1,
      say: '何と言いましたか',
      each: [{ at: 1, says: 'a b' }, { at: 2 }],
      long: 'x'.repeat(129),
      many: Array.from({ length: 65 }, () => 1)
    }
    expect(await callWith(sent)).toEqual({
      facts: {
        seed: 1,
        response_format: { type: 'json_schema', json_schema: { name: 'w' } },
        openai: { effort: 'low' },
        each: [{ at: 1 }, { at: 2 }]
      },
      texts: {
        stop: sent.stop,
        response_format: { json_schema: { schema } },
        guided_json: schema,
        prompt: 'refund',
        openai: { instructions: 'Brief', notes: ['a b', 'c'] },
        日本: 1,
        say: sent.say,
        each: [{ says: 'a b' }, {}],
        long: sent.long,
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
