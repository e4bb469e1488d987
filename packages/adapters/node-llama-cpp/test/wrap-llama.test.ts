import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import {
  DraftSequenceTokenPredictor,
  EmptyChatWrapper,
  LlamaChatSession,
  LlamaCompletion,
  type LlamaModel
} from 'node-llama-cpp'
import { afterEach, describe, expect, test } from 'vitest'
import { wrapLlama, wrapLlamaChatSession, wrapLlamaCompletion } from '../src/index.ts'
import { callsOf, newLlama, newLog, onlyCall, outcomeOf, small, useRuntime } from './runtime.ts'

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

describe('a completion on a sequence of a wrapped model, itself not wrapped', () => {
  const completionOn = async (model: LlamaModel) => {
    const context = await model.createContext(small)
    return new LlamaCompletion({ contextSequence: context.getSequence() })
  }
  const abort = () => AbortSignal.abort(new Error('enough'))

  test('is recorded as it ended: at a limit, at a stop, by a signal', async () => {
    const { log, journal } = newLog()
    const plain = await completionOn(await load())
    const completion = await completionOn(wrapLlama(await load(), log))
    const asked = [
      { ...greedy, maxTokens: 3 },
      { ...greedy, customStopTriggers: [' every'] },
      { ...greedy, signal: abort() },
      { ...greedy, signal: abort(), stopOnAbortSignal: true }
    ]
    for (const options of asked) {
      expect(
        await outcomeOf(() => completion.generateCompletion(tinyModelPrompt, options))
      ).toEqual(await outcomeOf(() => plain.generateCompletion(tinyModelPrompt, options)))
    }
    // The tiny model fills in nothing.
    expect(await outcomeOf(() => completion.generateInfillCompletion('A', 'B', greedy))).toEqual(
      await outcomeOf(() => plain.generateInfillCompletion('A', 'B', greedy))
    )
    const calls = await callsOf(log, journal)
    expect(
      calls.map(({ stage, record: { response, outcome } }) => [
        stage,
        response?.finishReasons ?? outcome?.by
      ])
    ).toEqual([
      ['complete', ['maxTokens']],
      ['complete', ['customStopTrigger']],
      ['cancelled', 'signal'],
      ['cancelled', 'signal'],
      ['error', undefined]
    ])
  })

  test('is one record, also where it is wrapped, and for each log that watches its model', async () => {
    const [one, other] = [newLog(), newLog()]
    const model = wrapLlama(wrapLlama(await load(), one.log), other.log)
    const completion = wrapLlamaCompletion(await completionOn(model), one.log)
    await completion.generateCompletionWithMeta(tinyModelPrompt, greedy)
    for (const { log, journal } of [one, other]) {
      expect((await onlyCall(log, journal)).record.call?.protocol).toBe(
        'node-llama-cpp.generateCompletion'
      )
    }
  })
})

test('an evaluation that is left at the token that ends texts is complete', async () => {
  const { log, journal } = newLog()
  const model = wrapLlama(await load(), log)
  const sequence = (await model.createContext(small)).getSequence()
  const end = model.tokens.eos ?? model.tokens.eot
  const isEogToken = model.isEogToken.bind(model)
  // The tiny model never ends: its third token stands for the end.
  let count = 0
  model.isEogToken = (token) => token === end || isEogToken(token) || count === 3
  for await (const _token of sequence.evaluate(model.tokenize(tinyModelPrompt), {
    temperature: 0,
    yieldEogToken: true
  })) {
    if (++count === 3) break
  }
  expect(await onlyCall(log, journal)).toMatchObject({
    stage: 'complete',
    record: { response: { finishReasons: ['eogToken'] } }
  })
})
