import { readdirSync } from 'node:fs'
import { type Protocol, wrapFetch } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import { knownProtocols } from '@slm-audit/fetch'
import { memoryLog } from '@slm-audit/testing'
import { readFixture, sentBody } from '@slm-audit/testing/conformance'
import { describe, expect, test } from 'vitest'
import { keptAnswer, keptRequest } from '../src/recorded-call.ts'
import { frameOf, STREAM_TYPES } from '../src/stream-frame.ts'
import { WRITERS } from '../src/writers/writers.ts'

const FOLDERS = [
  ...[
    'openai',
    'anthropic',
    'ollama',
    'google-genai',
    'mistral',
    'cohere',
    'huggingface',
    'bedrock'
  ]
]

/** Plays an exchange and gives what was recorded of it. */
async function record(
  { protocol, url, method }: { protocol: Protocol; url: string; method: string },
  body: BodyInit | null,
  answer: BodyInit,
  contentType: string
): Promise<AuditedCall> {
  const { log, calls } = memoryLog({ media: 'keep' })
  const respond = async () => new Response(answer, { headers: { 'content-type': contentType } })
  const fetch = wrapFetch(log, [protocol], respond)
  await (await fetch(url, { method, body })).arrayBuffer()
  const [call] = await calls()
  await log.close()
  if (!call) throw new Error(`${url} is not of ${protocol.name}`)
  return call
}

function facts({ stage, record: header, contents }: AuditedCall) {
  const { confidence, reasoning } = header
  // What tells the dialect may be a member that says nothing.
  const { dialect: _dialect, ...details } = header.response?.details ?? {}
  const response = { ...header.response, details }
  const { rest: _rest, input: _input, tools: _tools, settings: _settings, ...answered } = contents
  return { stage, response, confidence, reasoning, answered }
}

function withoutNulls(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_name, member) => member ?? undefined))
}

function asked({ record: header, contents }: AuditedCall) {
  const { endpoint: _endpoint, provider: _provider, ...call } = header.call ?? {}
  const { input, tools, settings } = contents
  return { call, input, tools, settings }
}

for (const folder of FOLDERS) {
  const root = new URL(`../../adapters/${folder}/fixtures/`, import.meta.url)
  const names = readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory())
  describe(folder, () => {
    for (const { name } of names) {
      const fixture = readFixture(new URL(`${name}/`, root))
      const url = new URL(fixture.url)
      const protocol = knownProtocols.find((one) => one.matches(url, fixture.method))
      const writer = protocol && WRITERS.get(protocol.name)
      if (!protocol || !writer) continue
      const { contentType, method, body: sent } = fixture
      const place = { protocol, url: fixture.url, method }
      const came = new Uint8Array(fixture.answer)
      const recorded = () => record(place, sentBody(fixture), came, contentType)

      if (method === 'POST') {
        test(`${name}: what is written of a request is read as the request was`, async () => {
          const call = await recorded()
          const kept = keptRequest(call)
          if (!kept) throw new Error('the request was not kept')
          const written = JSON.stringify(writer.request(kept))
          const { href } = new URL(`/v1${writer.path(kept)}`, fixture.url)
          const again = await record({ ...place, url: href }, written, came, contentType)
          expect(asked(again)).toEqual(asked(call))
        })
      }

      test(`${name}: what is written of an answer is read as the answer was`, async () => {
        const call = await recorded()
        const answer = keptAnswer(call)
        const body = writer.answer(answer)
        // Whether these stream stands in the address.
        const isFixed = ['google-genai', 'bedrock'].includes(folder) || method === 'GET'
        if (!fixture.isStream || !isFixed) {
          const plain = method === 'GET' ? null : JSON.stringify({ ...sent, stream: false })
          const whole = await record(place, plain, JSON.stringify(body), 'application/json')
          expect(facts(whole)).toMatchObject(facts(call))
        }
        if (!writer.events || (!fixture.isStream && isFixed)) return
        const asking = JSON.stringify({ ...sent, stream: true })
        const frames = writer.events(body, answer).map((event) => frameOf(writer.framing, event))
        const type = STREAM_TYPES[writer.framing]
        const streamed = await record(place, asking, new Blob(frames as BlobPart[]), type)
        // A stream has no members that say nothing.
        expect(facts(streamed)).toMatchObject(withoutNulls(facts(call)) as object)
      })
    }
  })
}

test('a task is asked of its model, and of the address alone where none is known', () => {
  const writer = WRITERS.get('huggingface.task')
  const path = (more: object) =>
    writer?.path({ protocol: 'huggingface.task', input: 'x', settings: {}, ...more })
  const models = '/hf-inference/models/org/m'
  expect(path({ model: 'org/m' })).toBe(models)
  expect(path({ model: 'org/m', operation: 'embeddings' })).toBe(
    `${models}/pipeline/feature-extraction`
  )
  // Objects have a member of this name.
  expect(path({ model: 'org/m', operation: 'constructor' })).toBe(`${models}/pipeline/constructor`)
  expect(path({ operation: 'embeddings' })).toBe('')
})
