import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import {
  DraftSequenceTokenPredictor,
  EmptyChatWrapper,
  LlamaChatSession,
  type LlamaModel
} from 'node-llama-cpp'
import { afterEach, expect, test } from 'vitest'
import { wrapLlama, wrapLlamaChatSession } from '../src/index.ts'
import { callsOf, newLlama, newLog, onlyCall, small, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const greedy = { temperature: 0, maxTokens: 12 } as const
const opened: LlamaModel[] = []
afterEach(async () => {
  for (const model of opened.splice(0)) await model.dispose()
})

/** A model of its own, because wrapping changes it. */
async function load(modelPath = runtime().path) {
  const model = await runtime().llama.loadModel({ modelPath })
  opened.push(model)
  return model
}

const sessionOf = (
  contextSequence: ConstructorParameters<typeof LlamaChatSession>[0]['contextSequence']
) => new LlamaChatSession({ contextSequence, chatWrapper: new EmptyChatWrapper() })

test('whatever a wrapped llama loads and makes is recorded', async () => {
  const { log, journal } = newLog()
  const llama = wrapLlama(await newLlama(), log)
  const model = await llama.loadModel({ modelPath: runtime().path })
  const context = await model.createContext(small)
  const session = sessionOf(context.getSequence())
  const answer = await session.prompt(tinyModelPrompt, greedy)
  const embeddings = await model.createEmbeddingContext(small)
  await embeddings.getEmbeddingFor(tinyModelPrompt)
  const ranker = await llama.loadModel({ modelPath: runtime().ranker })
  await (await ranker.createRankingContext(small)).rank('What?', 'That.')
  const calls = await callsOf(log, journal)
  expect(calls.map(({ record }) => record.call?.operation)).toEqual([
    'text_completion',
    'embeddings',
    'rerank'
  ])
  expect(calls[0]?.contents.output).toMatchObject({ text: expect.stringContaining(answer) })
  await llama.dispose()
})

test('a session on a sequence of a wrapped model is one record a prompt', async () => {
  const { log, journal } = newLog()
  const model = wrapLlama(wrapLlama(await load(), log), log)
  const context = await model.createContext(small)
  const session = wrapLlamaChatSession(sessionOf(context.getSequence()), log)
  await session.prompt(tinyModelPrompt, greedy)
  expect((await onlyCall(log, journal)).record.call?.operation).toBe('chat')
})

test('LoRA adapters are recorded with the digest of their file and the scale that was given', async () => {
  const { log, journal } = newLog()
  const model = await load()
  const lora = { adapters: [{ filePath: runtime().lora, scale: 0.5 }] }
  const ask = async () => {
    const context = await model.createContext({ ...small, lora })
    const prompt = { ...greedy, maxTokens: 3 }
    return wrapLlamaChatSession(sessionOf(context.getSequence()), log).prompt(
      tinyModelPrompt,
      prompt
    )
  }
  const unknown = await ask()
  wrapLlama(model, log)
  expect(await ask()).toBe(unknown)
  expect(unknown).not.toContain('every')
  const digest = createHash('sha256')
    .update(await readFile(runtime().lora))
    .digest('hex')
  const adapters = (await callsOf(log, journal)).map(({ record }) => record.model?.adapters)
  expect(adapters).toEqual([
    [{ file: 'lora.gguf', digest }],
    [{ file: 'lora.gguf', digest, scale: 0.5 }]
  ])
})

test('what a draft model predicts is part of the call that it predicts for', async () => {
  const { log, journal } = newLog()
  const drafts = await (await load()).createContext(small)
  const model = wrapLlama(await load(), log)
  const draftContext = await model.createContext(small)
  const context = await model.createContext(small)
  const tokenPredictor = new DraftSequenceTokenPredictor(draftContext.getSequence())
  const session = sessionOf(context.getSequence({ tokenPredictor }))
  const plain = sessionOf(drafts.getSequence())
  expect(await session.prompt(tinyModelPrompt, greedy)).toBe(
    await plain.prompt(tinyModelPrompt, greedy)
  )
  await onlyCall(log, journal)
})
