import { memoryLog } from '@slm-audit/testing'
import { Ollama } from 'ollama'
import { expect, test, vi } from 'vitest'
import { wrapOllama } from '../src/index.ts'

const WEIGHTS = 'a'.repeat(64)
const ADAPTER = 'b'.repeat(64)
const MANIFEST = 'c'.repeat(64)

const ANSWERS: { readonly [path: string]: object } = {
  '/api/chat': { model: 'qwen3', message: { role: 'assistant', content: 'yes' }, done: true },
  '/api/show': {
    modelfile: `FROM /models/blobs/sha256-${WEIGHTS}\nADAPTER /models/blobs/sha256-${ADAPTER}\nTEMPLATE x`,
    template: '{{ .Prompt }}',
    details: { format: 'gguf' },
    model_info: { 'general.architecture': 'qwen3', 'general.parameter_count': 751632384 }
  },
  '/api/tags': {
    models: [
      { name: 'other:latest', digest: 'd'.repeat(64) },
      {
        name: 'qwen3:latest',
        digest: MANIFEST,
        details: { format: 'gguf', quantization_level: 'Q4_K_M' }
      }
    ]
  },
  '/api/version': { version: '0.40.12' }
}

function serve(answers: { readonly [path: string]: object | undefined } = ANSWERS) {
  const asked: string[] = []
  const fetch = async (input: unknown, init?: RequestInit) => {
    const { pathname } = new URL(String(input))
    asked.push(`${pathname} ${new Headers(init?.headers).get('authorization')}`)
    const answer = answers[pathname]
    return answer ? Response.json(answer) : Response.json({ error: 'no' }, { status: 404 })
  }
  const ollama = new Ollama({ fetch, headers: { Authorization: 'Bearer k' } })
  const ask = () => ollama.chat({ model: 'qwen3', messages: [] })
  return { asked, ollama, ask }
}

test('records say what the model is; the server is asked once, with the headers of the call', async () => {
  const { asked, ollama, ask } = serve()
  const { log, calls } = memoryLog()
  expect(wrapOllama(ollama, log)).toBe(ollama)
  const last = await vi.waitFor(async () => {
    await ask()
    const call = (await calls()).at(-1)
    expect(call?.record.model).toBeDefined()
    return call
  })
  expect(last?.record.model).toEqual({
    digest: WEIGHTS,
    revision: MANIFEST,
    format: 'gguf',
    architecture: 'qwen3',
    parameters: 751632384,
    quantization: 'Q4_K_M',
    adapters: [{ digest: ADAPTER }],
    chatTemplateDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    runtime: { ollama: '0.40.12' }
  })
  expect(last?.record.call?.client).toEqual({ name: 'ollama-js', version: '0.6.4' })
  const questions = asked.filter((one) => !one.startsWith('/api/chat'))
  expect(questions.sort()).toEqual([
    '/api/show Bearer k',
    '/api/tags Bearer k',
    '/api/version Bearer k'
  ])
})

test('a server that does not say it harms nobody and is reported once', async () => {
  const { asked, ollama, ask } = serve({ '/api/chat': ANSWERS['/api/chat'] })
  const { log, calls, problems } = memoryLog()
  wrapOllama(ollama, log)
  for (let round = 0; round < 3; round++) {
    expect((await ask()).message.content).toBe('yes')
    await calls()
  }
  expect((await calls()).map(({ stage, record }) => [stage, record.model])).toEqual([
    ['complete', undefined],
    ['complete', undefined],
    ['complete', undefined]
  ])
  await vi.waitFor(() => expect(problems.map(({ code }) => code)).toEqual(['identity_unknown']))
  expect(asked.filter((one) => one.startsWith('/api/show'))).toHaveLength(1)
})

test('switched off, nothing is asked; bad arguments are named', async () => {
  const { asked, ollama, ask } = serve()
  const { log, calls } = memoryLog()
  wrapOllama(wrapOllama(ollama, log, { identify: false }), log)
  await ask()
  expect(await calls()).toHaveLength(1)
  expect(asked).toHaveLength(1)
  expect(() => wrapOllama({}, log)).toThrow(/no client of the ollama package/)
  expect(() => wrapOllama(ollama, log, { identity: false } as never)).toThrow(
    /did you mean identify/
  )
})
