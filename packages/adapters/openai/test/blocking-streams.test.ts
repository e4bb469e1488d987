import { setTimeout } from 'node:timers/promises'
import { AuditError, createAuditLog, memoryJournal } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { callsOf } from '@slm-audit/testing'
import OpenAI from 'openai'
import OpenAI6 from 'openai-6'
import { describe, expect, test } from 'vitest'
import { wrapOpenAI } from '../src/index.ts'

const events = ['a', 'b'].map((content, at) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: at ? 'stop' : null }]
}))
const lines = [...events.map((event) => JSON.stringify(event)), '[DONE]'].map(
  (data) => `data: ${data}\n\n`
)

/** A server that sends a stream event by event, and counts its requests. */
function serve() {
  const seen = { requests: 0 }
  const fetch = async () => {
    seen.requests++
    let at = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const line = lines[at++]
        if (line === undefined) controller.close()
        else controller.enqueue(new TextEncoder().encode(line))
      }
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
  return { seen, fetch }
}

/** A log whose journal takes its time, and refuses what it is told to. */
function slowLog(mode: 'blocking' | 'blocking-strict', fails = false) {
  const journal = memoryJournal()
  const { append } = journal
  journal.append = async (records) => {
    await setTimeout(60)
    if (fails) throw new Error('disk full')
    await append(records)
  }
  const options = { journal, mode, platform: nodePlatform(), onProblem: () => undefined }
  return { journal, log: createAuditLog({ ...options, deadlineMs: fails ? 200 : 60_000 }) }
}

const params = { model: 'm', messages: [{ role: 'user' as const, content: 'q' }] }
const streamed = { ...params, stream: true as const }

const ways: { readonly [way: string]: (client: OpenAI) => Promise<unknown> } = {
  'for await': async (client) => {
    for await (const _ of await client.chat.completions.create(streamed));
  },
  'a helper': (client) => client.chat.completions.stream(params).finalContent(),
  'the body as text': async (client) =>
    (await client.chat.completions.create(streamed).asResponse()).text(),
  'the body, iterated': async (client) => {
    const { body } = await client.chat.completions.create(streamed).asResponse()
    for await (const _ of body ?? []);
  },
  'a readable stream': async (client) => {
    const stream = (await client.chat.completions.create(streamed)).toReadableStream()
    for await (const _ of stream);
  },
  'a pipe': async (client) => {
    const { body } = await client.chat.completions.create(streamed).asResponse()
    await body?.pipeTo(new WritableStream())
  },
  'a cancelled body': async (client) => {
    const { body } = await client.chat.completions.create(streamed).asResponse()
    const reader = body?.getReader()
    await reader?.read()
    await reader?.cancel()
  }
}

describe.each([
  ['7', OpenAI],
  ['6', OpenAI6 as unknown as typeof OpenAI]
])('openai %s', (_major, Client) => {
  describe.each(['blocking', 'blocking-strict'] as const)('in mode %s', (mode) => {
    test.each(Object.entries(ways))('%s waits for the record of its stream', async (_way, read) => {
      const { log, journal } = slowLog(mode)
      const { fetch } = serve()
      const client = wrapOpenAI(new Client({ apiKey: 'k', fetch, maxRetries: 0 }), log)
      await read(client)
      expect(journal.records.length).toBeGreaterThan(0)
      const before = journal.records.length
      await log.close()
      expect(journal.records).toHaveLength(before)
    })
  })

  test('a stream that is broken off is recorded, although the client of major 7 waits for nothing then', async () => {
    const { log, journal } = slowLog('blocking')
    const { fetch } = serve()
    const client = wrapOpenAI(new Client({ apiKey: 'k', fetch, maxRetries: 0 }), log)
    for await (const _ of await client.chat.completions.create(streamed)) break
    await log.flush()
    expect(callsOf(journal.records).map(({ stage }) => stage)).toEqual(['cancelled'])
    await log.close()
  })

  test('what cannot be recorded is not asked in blocking-strict, and a typed error says so', async () => {
    const { log } = slowLog('blocking-strict', true)
    const { fetch, seen } = serve()
    const client = wrapOpenAI(new Client({ apiKey: 'k', fetch, maxRetries: 0 }), log)
    const failure = await client.chat.completions.create(params).catch((error: unknown) => error)
    const causes = [failure, (failure as Error).cause]
    expect(causes.some((one) => AuditError.is(one) && one.code === 'not_recorded')).toBe(true)
    expect(seen.requests).toBe(0)
  })
})
