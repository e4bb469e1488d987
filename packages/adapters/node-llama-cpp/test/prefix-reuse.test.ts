import { join } from 'node:path'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import {
  type ChatHistoryItem,
  LlamaChat,
  LlamaCompletion,
  type LlamaContextSequence
} from 'node-llama-cpp'
import { expect, test } from 'vitest'
import { wrapLlamaChat, wrapLlamaCompletion, wrapLlamaContextSequence } from '../src/index.ts'
import { CallingWrapper, callsOf, newLog, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const greedy = { temperature: 0, maxTokens: 4 } as const

/** Tokens that the runtime itself says it evaluated; it counts the last one of a prompt as output. */
async function evaluatedBy(sequence: LlamaContextSequence, run: () => Promise<unknown>) {
  const before = sequence.tokenMeter.getState()
  await run()
  return sequence.tokenMeter.diff(before).usedInputTokens + 1
}

test('a completion: what the sequence held of the prompt is cached, the rest is evaluated', async () => {
  const { log, journal } = newLog()
  const sequence = await runtime().newSequence()
  const completion = wrapLlamaCompletion(new LlamaCompletion({ contextSequence: sequence }), log)
  const longer = `${tinyModelPrompt} Can a person be erased?`
  const evaluated = [
    await evaluatedBy(sequence, () => completion.generateCompletion(tinyModelPrompt, greedy)),
    await evaluatedBy(sequence, () => completion.generateCompletion(longer, greedy)),
    await evaluatedBy(sequence, () => completion.generateCompletion('How?', greedy))
  ]
  const calls = await callsOf(log, journal)
  const usage = calls.map(({ record }) => record.response?.usage)
  expect(usage.map((one) => (one?.inputTokens ?? 0) - (one?.cacheReadTokens ?? 0))).toEqual(
    evaluated
  )
  expect(usage[0]?.cacheReadTokens).toBe(0)
  expect(usage[1]?.cacheReadTokens).toBeGreaterThan(5)
  expect(usage[1]?.cacheReadTokens).toBeLessThan(usage[1]?.inputTokens ?? 0)
})

test('a chat: its history is cached', async () => {
  const { log, journal } = newLog()
  const contextSequence = await runtime().newSequence()
  const chat = wrapLlamaChat(
    new LlamaChat({ contextSequence, chatWrapper: new CallingWrapper() }),
    log
  )
  const history: ChatHistoryItem[] = [
    { type: 'user', text: tinyModelPrompt },
    { type: 'model', response: [] }
  ]
  const ask = () => chat.generateResponse(history, greedy)
  const evaluated = [
    await evaluatedBy(contextSequence, ask),
    await evaluatedBy(contextSequence, ask)
  ]
  const calls = await callsOf(log, journal)
  const usage = calls.map(({ record }) => record.response?.usage)
  expect(usage.map((one) => (one?.inputTokens ?? 0) - (one?.cacheReadTokens ?? 0))).toEqual(
    evaluated
  )
  expect(usage[1]?.cacheReadTokens).toBeGreaterThan(10)
})

test('raw evaluation: tokens that the sequence held are told apart from those that were given', async () => {
  const { log, journal } = newLog()
  const sequence = wrapLlamaContextSequence(await runtime().newSequence(), log)
  const tokens = runtime().model.tokenize(tinyModelPrompt)
  await sequence.evaluateWithoutGeneratingNewTokens(tokens)
  const question = runtime().model.tokenize(' How?')
  for await (const _ of sequence.evaluate(question, { temperature: 0 })) break
  const [call] = await callsOf(log, journal)
  expect(call?.record.response).toMatchObject({
    usage: { inputTokens: question.length, outputTokens: 1 },
    details: { heldTokens: tokens.length }
  })
})

test('a state that was loaded from a file is held, too', async () => {
  const { log, journal } = newLog()
  const file = join(runtime().path, '..', 'state.bin')
  const saved = await runtime().newSequence()
  const tokens = runtime().model.tokenize(tinyModelPrompt)
  await saved.evaluateWithoutGeneratingNewTokens(tokens)
  await saved.saveStateToFile(file)
  const sequence = await runtime().newSequence()
  await sequence.loadStateFromFile(file, { acceptRisk: true })
  const completion = wrapLlamaCompletion(new LlamaCompletion({ contextSequence: sequence }), log)
  await completion.generateCompletion(`${tinyModelPrompt} How?`, greedy)
  const [call] = await callsOf(log, journal)
  expect(call?.record.response?.usage?.cacheReadTokens).toBe(tokens.length)
})
