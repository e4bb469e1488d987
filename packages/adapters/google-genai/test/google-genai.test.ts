import { readFileSync } from 'node:fs'
import { GoogleGenAI } from '@google/genai'
import { memoryLog } from '@slm-audit/testing'
import { testClient } from '@slm-audit/testing/conformance'
import { expect, test, vi } from 'vitest'
import { wrapGoogleGenAI } from '../src/index.ts'
import { versions } from './clients.ts'
import { contents, fixture, scenarios, textOfOutput, undated } from './scenarios.ts'

const params = { model: 'gemini-3.1-flash', contents, config: { temperature: 0.2 } }

type Asked = { readonly config?: object }
const asked = (from: Asked, { signal }: { signal?: AbortSignal }) =>
  ({ ...from, config: { ...from.config, ...(signal && { abortSignal: signal }) } }) as never

for (const { name, GoogleGenAI, retries } of versions) {
  testClient({
    name,
    connect: (baseUrl, { retries: count }) =>
      new GoogleGenAI({
        apiKey: 'k',
        httpOptions: {
          baseUrl,
          ...(count > 0 && { retryOptions: { attempts: count + 1, initialDelay: 0.001 } })
        }
      }),
    wrap: wrapGoogleGenAI,
    plain: {
      folder: fixture('plain'),
      params,
      run: async (client, from, options) =>
        undated(await client.models.generateContent(asked(from, options)))
    },
    stream: {
      folder: fixture('streamed'),
      params,
      run: (client, from, options) => client.models.generateContentStream(asked(from, options))
    },
    text: textOfOutput,
    retries,
    leavesConnection: true,
    refusal: { error: { code: 429, message: 'too fast', status: 'RESOURCE_EXHAUSTED' } },
    scenarios
  })
}

test("Vertex AI's methods: generation, embeddings by :predict, images", async () => {
  const { log, calls } = memoryLog()
  const answers = ['vertex', 'vertex-embeddings', 'images']
  const fetch = async () =>
    new Response(readFileSync(new URL('response.json', fixture(answers.shift() ?? ''))), {
      headers: { 'content-type': 'application/json' }
    })
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const client = new GoogleGenAI({ vertexai: true, apiKey: 'k', httpOptions: { fetch } })
  expect(wrapGoogleGenAI(wrapGoogleGenAI(client, log), log)).toBe(client)
  await client.models.generateContent({ model: 'gemini-2.5-flash', contents })
  await client.models.embedContent({ model: 'text-embedding-005', contents: ['a cat'] })
  await client.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: 'a red dot' })
  vi.restoreAllMocks()
  expect((await calls()).map(({ stage, record: { call } }) => ({ stage, ...call }))).toMatchObject([
    { stage: 'complete', operation: 'generate_content', provider: 'gcp.vertex_ai' },
    { stage: 'complete', operation: 'embeddings', model: 'text-embedding-005' },
    { stage: 'complete', operation: 'image_generation', model: 'imagen-4.0-generate-001' }
  ])
})

test('the client keeps its own fetch, and a stranger is refused', async () => {
  const { log, calls, problems } = memoryLog()
  const fetch = vi.fn(async () => Response.json({ candidates: [] }))
  const client = wrapGoogleGenAI(new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } }), log)
  await client.models.generateContent({ model: 'm', contents })
  expect(fetch).toHaveBeenCalledOnce()
  expect(await calls()).toHaveLength(1)
  expect(problems).toEqual([])
  expect(() => wrapGoogleGenAI({}, log)).toThrow(/not a client of the @google\/genai package/)
})

test('a client that gives up before its last attempt leaves one call, ended by its error', async () => {
  const { log, calls } = memoryLog()
  const refuse = async () => Response.json({ error: { code: 503 } }, { status: 503 })
  const failure = new TypeError('fetch failed')
  const answers = [refuse, async () => Promise.reject(failure)]
  const retryOptions = { attempts: 3, initialDelay: 0.001 }
  const fetch = async () => (answers.shift() ?? refuse)()
  const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch, retryOptions } })
  const asking = wrapGoogleGenAI(client, log).models.generateContent({ model: 'm', contents })
  await expect(asking).rejects.toBe(failure)
  const recorded = await calls()
  expect(recorded.map(({ stage }) => stage)).toEqual(['error'])
  expect(recorded[0]?.record.attempts?.map(({ status, error }) => status ?? error)).toEqual([
    503,
    'TypeError'
  ])
})
