import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryLog } from '@slm-audit/testing'
import { writeTinyOnnx } from '@slm-audit/tiny-models/onnx'
import { expect, test } from 'vitest'
import { modelIdentity, wrapPipeline, wrapPipelineFactory } from '../src/index.ts'
import { type AnyPipeline, useRuntime, versions } from './runtime.ts'

const runtime = useRuntime('tiny-chat', 'tiny-text2text')
const installed = { '3': '3.0.0', '4': '4.3.2' } as const

test.each(versions)('transformers %s: a model made by the wrapped factory', async (version) => {
  const { lib, digests } = runtime(version)
  const { log, calls, problems } = memoryLog()
  const pipeline = wrapPipelineFactory(lib.pipeline, log, { env: lib.env })
  const pipe = await pipeline('text-generation', 'tiny-chat', {
    dtype: 'fp32',
    revision: 'main',
    device: 'cpu',
    session_options: { intraOpNumThreads: 1 }
  })
  expect(pipe).toBeInstanceOf(lib.TextGenerationPipeline)
  const identity = await modelIdentity(pipe)
  await pipe('An', { max_new_tokens: 1 })
  const [call] = await calls()
  expect(call?.record.model).toEqual({ ...identity, device: 'cpu', threads: 1 })
  expect(call?.record.call?.model).toBe('tiny-chat')
  expect(identity).toMatchObject({
    name: 'tiny-chat',
    revision: 'main',
    format: 'ONNX',
    architecture: 'LlamaForCausalLM',
    quantization: 'fp32',
    contextSize: 512,
    file: 'model.onnx',
    digest: digests['tiny-chat']?.['onnx/model.onnx'],
    files: digests['tiny-chat'],
    runtime: { '@huggingface/transformers': installed[version], 'onnxruntime-node': '1.30.0' }
  })
  // Version 3.0 does not tell the device.
  expect(identity?.device).toBe(version === '4' ? 'cpu' : undefined)
  const template = (pipe.tokenizer as unknown as { chat_template: string }).chat_template
  expect(identity?.chatTemplateDigest).toBe(createHash('sha256').update(template).digest('hex'))
  expect(problems).toEqual([])
})

test('a model of two files is told by the digests of both', async () => {
  const { load, lib, digests } = runtime('4')
  const { log } = memoryLog()
  const pipe = wrapPipeline(await load('tiny-text2text'), log, {
    model: 'tiny-text2text',
    env: lib.env
  })
  const identity = await modelIdentity(pipe)
  expect(identity?.digest).toBeUndefined()
  expect(identity?.files).toEqual(digests['tiny-text2text'])
})

test('the digest is of the bytes on disk, and is known in time without waiting for it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'transformers-'))
  const digests = await writeTinyOnnx(folder, 'tiny-chat')
  const { log, calls } = memoryLog()
  const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log, {
    folder: join(folder, 'tiny-chat'),
    identity: { name: 'as the application calls it', revision: 'r7' }
  })
  await pipe('An', { max_new_tokens: 8 })
  await modelIdentity(pipe)
  await pipe('An', { max_new_tokens: 1 })
  expect((await calls()).at(-1)?.record.model).toMatchObject({
    name: 'as the application calls it',
    revision: 'r7',
    digest: digests['onnx/model.onnx']
  })
  await appendFile(join(folder, 'tiny-chat/onnx/model.onnx'), 'x')
  const changed = wrapPipeline(await runtime('4').load('tiny-chat'), log, {
    folder: join(folder, 'tiny-chat')
  })
  expect((await modelIdentity(changed))?.digest).not.toBe(digests['onnx/model.onnx'])
  await rm(folder, { recursive: true })
})

test.each([
  ['a folder', (folder: string) => ({ model: join(folder, 'tiny-chat') })],
  [
    'the local models',
    (folder: string) => ({ model: 'tiny-chat', env: { localModelPath: `${folder}/` } })
  ],
  [
    'the cache',
    (folder: string) => ({
      model: 'tiny-chat',
      env: { allowLocalModels: false, localModelPath: '/nowhere/', cacheDir: folder }
    })
  ],
  [
    'a revision in the cache',
    (folder: string) => ({ model: '.', revision: 'tiny-chat', env: { cacheDir: folder } })
  ]
])('files are found in %s', async (_name, optionsOf) => {
  const { load, folder, digests } = runtime('4')
  const { log, problems } = memoryLog()
  const pipe = wrapPipeline(await load('tiny-chat'), log, optionsOf(folder))
  expect((await modelIdentity(pipe))?.files).toEqual(digests['tiny-chat'])
  expect(problems).toEqual([])
})

test('a model whose files are not there is recorded without digests, and the log is told', async () => {
  const { log, calls, problems } = memoryLog()
  const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log, { folder: '/nowhere' })
  await pipe('An', { max_new_tokens: 1 })
  await modelIdentity(pipe)
  const [call] = await calls()
  expect(call?.record.stage).toBe('complete')
  expect(call?.record.model?.files).toBeUndefined()
  expect(problems.map(({ code }) => code)).toEqual(['observer_failed'])
})

test('nothing given: what the model itself knows', async () => {
  const { log, problems } = memoryLog()
  const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log)
  expect(await modelIdentity(pipe)).toEqual({
    format: 'ONNX',
    architecture: 'LlamaForCausalLM',
    quantization: 'fp32',
    contextSize: 512,
    device: 'cpu',
    chatTemplateDigest: expect.any(String)
  })
  expect(problems).toEqual([])
})

test('errors of the factory are its own, and it is called as before', async () => {
  const { lib } = runtime('4')
  const { log } = memoryLog()
  const seen: unknown[][] = []
  const error = new Error('no such model')
  const factory = (...args: unknown[]): Promise<AnyPipeline> => {
    seen.push(args)
    return Promise.reject(error)
  }
  const wrapped = wrapPipelineFactory(factory, log, { env: lib.env })
  const options = Object.freeze({ dtype: 'q8' })
  await expect(wrapped('text-generation', 'x', options)).rejects.toBe(error)
  expect(seen).toEqual([['text-generation', 'x', options]])
  expect(seen[0]?.[2]).toBe(options)
})
