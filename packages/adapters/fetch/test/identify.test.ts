import { memoryLog } from '@slm-audit/testing'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { auditFetch, type FetchOptions } from '../src/index.ts'

const props = {
  default_generation_settings: { n_ctx: 4096 },
  model_path: '/models/qwen3-0.6b-q4_k_m.gguf',
  chat_template: '{{ messages }}',
  build_info: 'b6700-de3ff81'
}

/** A server of llama.cpp below `auditFetch`: what it was asked, and a log. */
function newServer(told: () => Response, options: FetchOptions = { identify: true }) {
  const asked: string[] = []
  const answer = { content: 'yes', stop: true, id: 'c', object: 'chat.completion', choices: [] }
  const base = async (input: unknown, init?: RequestInit) => {
    const path = new URL(String(input)).pathname
    asked.push(`${init?.method ?? 'GET'} ${path}`)
    return path.endsWith('/props') ? told() : Response.json(answer)
  }
  const made = memoryLog()
  return { ...made, asked, fetch: auditFetch(made.log, { ...options, fetch: base as never }) }
}

const ask = async (fetch: typeof globalThis.fetch, path: string) =>
  (await fetch(`http://gpu:8080${path}`, { method: 'POST', body: '{"prompt":"rain?"}' })).json()

test('a server of llama.cpp is asked once what its model is', async () => {
  const { fetch, asked, calls, problems } = newServer(() => Response.json(props))
  await ask(fetch, '/llm/completion')
  await expect
    .poll(async () => {
      await ask(fetch, '/llm/completion')
      return (await calls()).at(-1)?.record.model
    })
    .toEqual({
      file: 'qwen3-0.6b-q4_k_m.gguf',
      format: 'gguf',
      contextSize: 4096,
      chatTemplateDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      runtime: { 'llama.cpp': 'b6700-de3ff81' }
    })
  expect(asked.filter((one) => one.includes('props'))).toEqual(['GET /llm/props'])
  expect(problems).toEqual([])
})

test('so is one that is asked in the format of OpenAI; one that does not say is reported once', async () => {
  const { fetch, asked, calls, problems } = newServer(() => new Response('', { status: 404 }))
  const client = new OpenAI({ apiKey: 'k', baseURL: 'http://gpu:8080/v1', maxRetries: 0, fetch })
  await client.chat.completions.create({ model: 'm', messages: [] })
  await client.chat.completions.create({ model: 'm', messages: [] })
  await expect.poll(() => problems.map(({ code }) => code)).toEqual(['identity_unknown'])
  expect(asked.filter((one) => one.includes('props'))).toEqual(['GET /props'])
  expect((await calls()).map(({ stage }) => stage)).toEqual(['complete', 'complete'])
})

test('a server whose answer is of another kind costs nothing', async () => {
  const { fetch, calls, problems } = newServer(() => Response.json(['?']))
  await ask(fetch, '/completion')
  expect((await calls()).map(({ record }) => record.model)).toEqual([undefined])
  expect(problems).toEqual([])
})

test('nothing is asked unless told to', async () => {
  const { fetch, asked, log } = newServer(() => Response.json(props), {})
  await ask(fetch, '/completion')
  await log.close()
  expect(asked).toEqual(['POST /completion'])
})
