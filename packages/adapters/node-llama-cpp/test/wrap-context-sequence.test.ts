import { getModuleVersion, LlamaCompletion } from 'node-llama-cpp'
import { expect, test } from 'vitest'
import { modelIdentity, wrapLlamaCompletion, wrapLlamaContextSequence } from '../src/index.ts'
import { callsOf, newLog, onlyCall, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const tokens = () => runtime().model.tokenize('<s>An audit log', true)

async function newPair() {
  const { log, journal } = newLog()
  const sequence = await runtime().newSequence()
  expect(wrapLlamaContextSequence(sequence, log)).toBe(sequence)
  return { log, journal, sequence, control: await runtime().newSequence() }
}

test('evaluate yields the same tokens and is recorded with counts and text', async () => {
  const { log, journal, sequence, control } = await newPair()
  const got = await Array.fromAsync(sequence.evaluate(tokens(), { temperature: 0 }))
  expect(got).toEqual(await Array.fromAsync(control.evaluate(tokens(), { temperature: 0 })))
  const { record, contents } = await onlyCall(log, journal)
  expect(record.stage).toBe('complete')
  expect(record.call?.settings).toEqual({ temperature: 0 })
  expect(record.response?.usage).toEqual({ inputTokens: 4, outputTokens: got.length })
  expect(contents.input).toEqual({ text: '<s>An audit log', tokens: tokens() })
  expect(contents.output).toEqual({ text: runtime().model.detokenize(got, true), tokens: got })
})

test('probabilities are passed on unchanged and recorded as logarithms', async () => {
  const { log, journal, sequence, control } = await newPair()
  const metadata = Object.freeze({ probabilities: true, confidence: true })
  const settings = Object.freeze({ temperature: 1, topK: 0, topP: 1, seed: 5 })
  const got = await Array.fromAsync(sequence.evaluateWithMetadata(tokens(), metadata, settings))
  const same = await Array.fromAsync(control.evaluateWithMetadata(tokens(), metadata, settings))
  expect(got).toEqual(same)
  const { record, contents } = await onlyCall(log, journal)
  const logprobs = contents.logprobs as { logprob: number; top: unknown[] }[]
  expect(logprobs.map(({ logprob }) => logprob)).toEqual(
    got.map((item) => Math.log(item.confidence))
  )
  expect(logprobs[0]?.top).toHaveLength(5)
  expect(record.confidence?.tokens).toBe(got.length)
})

test('a consumer that breaks leaves a cancelled call with what came', async () => {
  const { log, journal, sequence } = await newPair()
  const got: number[] = []
  for await (const token of sequence.evaluate(tokens())) if (got.push(token) === 2) break
  const { record, contents } = await onlyCall(log, journal)
  expect(record).toMatchObject({ stage: 'cancelled', outcome: { by: 'consumer' } })
  expect(contents.output).toMatchObject({ tokens: got })
})

test('an evaluation that is never started asks nothing and records nothing', async () => {
  const { log, journal, sequence } = await newPair()
  sequence.evaluate(tokens())
  sequence.evaluateWithMetadata(tokens(), {})
  expect(await callsOf(log, journal)).toEqual([])
})

test('an evaluation that fails rejects with its own error', async () => {
  const { log, journal, sequence } = await newPair()
  const iterator = sequence.evaluate(tokens())
  await iterator.next()
  await sequence.dispose()
  await expect(iterator.next()).rejects.toThrow('disposed')
  expect((await onlyCall(log, journal)).record.stage).toBe('error')
})

test('controlledEvaluate is recorded with what was asked at each place', async () => {
  const { log, journal, sequence, control } = await newPair()
  const last = runtime().model.tokenize(' keeps', false)[0]
  if (last === undefined) throw new Error('the vocabulary has changed')
  const generateNext = { token: true, confidence: true, options: { temperature: 0 } } as const
  const input = [
    ...tokens(),
    [last, { generateNext }] as [typeof last, { generateNext: typeof generateNext }]
  ]
  const got = await sequence.controlledEvaluate(input)
  expect(got).toEqual(await control.controlledEvaluate(input))
  const { record, contents } = await onlyCall(log, journal)
  expect(record.call?.settings).toEqual({ asked: [{ index: 4, generateNext }] })
  expect(contents.output).toEqual([{ index: 4, token: got[4]?.next.token, text: ' every' }])
  expect(record.confidence?.tokens).toBe(1)
})

test('a completion on a wrapped sequence is one call, with its stop reason', async () => {
  const { log, journal, sequence, control } = await newPair()
  const completion = wrapLlamaCompletion(new LlamaCompletion({ contextSequence: sequence }), log)
  const options = Object.freeze({ maxTokens: 3, seed: 1 })
  const plain = new LlamaCompletion({ contextSequence: control })
  const got = await completion.generateCompletionWithMeta('An audit log', options)
  expect(got).toEqual(await plain.generateCompletionWithMeta('An audit log', options))
  const { record, contents } = await onlyCall(log, journal)
  expect(record.call).toMatchObject({ operation: 'text_completion', settings: options })
  expect(record.response).toMatchObject({
    finishReasons: ['maxTokens'],
    usage: { inputTokens: 3, outputTokens: 3, cacheReadTokens: 0 }
  })
  expect(contents).toMatchObject({ input: 'An audit log', output: got.response })
})

test('the model is identified by its file, runtime and device', async () => {
  const { model, sha256 } = runtime()
  expect(await modelIdentity(model)).toMatchObject({ digest: sha256, file: 'tiny.gguf' })
  const { log, journal, sequence } = await newPair()
  await Array.fromAsync(sequence.evaluate(tokens()))
  const { record } = await onlyCall(log, journal)
  expect(record.model).toMatchObject({
    digest: sha256,
    architecture: 'llama',
    quantization: 'F16',
    contextSize: 1024,
    threads: 1,
    device: 'cpu',
    runtime: { 'node-llama-cpp': await getModuleVersion(), build: 'prebuilt' }
  })
  expect(record.model?.chatTemplateDigest).toMatch(/^[0-9a-f]{64}$/)
})
