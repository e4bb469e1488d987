import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openReader } from 'slm-audit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeTinyModel } from '../../packages/tiny-models/src/gguf.ts'
import { writeTinyOnnx } from '../../packages/tiny-models/src/onnx.ts'
import { ANSWER, type StandInServer, standInBedrock, standInServer } from './stand-in-servers.ts'

const root = new URL('../..', import.meta.url).pathname
const folder = join(root, 'examples/adapters')
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -'.ts'.length))

let server: StandInServer
let bedrock: StandInServer
let models: string

beforeAll(async () => {
  server = await standInServer()
  bedrock = await standInBedrock()
  models = mkdtempSync(join(tmpdir(), 'slm-audit-models-'))
  await writeTinyModel(join(models, 'tiny.gguf'))
  await writeTinyOnnx(`${models}/`, 'tiny-chat')
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await bedrock[Symbol.asyncDispose]()
})

/** What tells each client where to ask; keys are for show. */
const settings = (name: string): NodeJS.ProcessEnv => ({
  ...SERVERS(),
  ...(name === 'node-llama-cpp' && { MODEL: join(models, 'tiny.gguf') }),
  ...(name === 'transformers' && { MODEL: 'tiny-chat', MODELS: `${models}/` })
})

const SERVERS = () => ({
  OPENAI_BASE_URL: `${server.url}/v1`,
  OPENAI_API_KEY: 'none',
  ANTHROPIC_BASE_URL: server.url,
  ANTHROPIC_API_KEY: 'none',
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  GOOGLE_GEMINI_BASE_URL: server.url,
  GEMINI_API_KEY: 'none',
  COHERE_SERVER: server.url,
  CO_API_KEY: 'none',
  HF_ENDPOINT: server.url,
  HF_TOKEN: 'none',
  LLAMA_SERVER: server.url,
  MISTRAL_SERVER: server.url,
  MISTRAL_API_KEY: 'none',
  OLLAMA_HOST: server.url,
  // The prebuilt binary for the processor, at once: nothing is looked for or compiled.
  NODE_LLAMA_CPP_GPU: 'false',
  NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true',
  THREADS: '1'
})

async function runExample(name: string) {
  const cwd = mkdtempSync(join(tmpdir(), 'slm-audit-example-'))
  const hook = new URL('web-llm-stand-in.ts', import.meta.url).href
  const before = name === 'web-llm' ? ['--import', hook] : []
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...before, join(folder, `${name}.ts`)],
    { cwd, env: { ...process.env, ...settings(name) } }
  )
  return { cwd, stdout }
}

test('every adapter has an example', () => {
  expect(names).toEqual(readdirSync(join(root, 'packages/adapters')).sort())
})

/** Models of our own making say what they can. */
const OWN_WORDS: readonly string[] = ['node-llama-cpp', 'transformers']

describe.each(names.filter((name) => name !== 'web-llm'))('%s', (name) => {
  test('asks, prints the answer, and the log has both', { timeout: 60_000 }, async () => {
    const { cwd, stdout } = await runExample(name)
    expect(stdout.trim()).toEqual(OWN_WORDS.includes(name) ? expect.stringMatching(/\w/) : ANSWER)
    await using reader = await openReader(join(cwd, '.slm-audit/audit.db'))
    const { items } = await reader.search('refund')
    const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
    expect(calls.map((call) => call?.stage)).toContain('complete')
    expect(calls.every((call) => call?.stage === 'complete')).toBe(true)
    const said = JSON.stringify(calls.map((call) => call?.contents))
    expect(said).toContain('How long does a refund take?')
    expect(said).toContain(JSON.stringify(stdout.trim()).slice(1, -1))
    expect((await reader.verify()).flaw).toBeUndefined()
  })
})

test('web-llm: a page asks a model, and its records are in memory', async () => {
  expect((await runExample('web-llm')).stdout).toBe(`${ANSWER} (2 records)\n`)
})
