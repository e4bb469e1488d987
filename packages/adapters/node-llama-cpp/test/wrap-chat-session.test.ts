import { memoryJournal } from '@slm-audit/core'
import { expectRecord, storesNoCanary } from '@slm-audit/testing/conformance'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import {
  type ChatWrapper,
  defineChatSessionFunction,
  EmptyChatWrapper,
  type LLamaChatPromptOptions,
  LlamaChatSession,
  resolveChatWrapper,
  type Token
} from 'node-llama-cpp'
import { expect, test, vi } from 'vitest'
import { wrapLlamaChatSession, wrapLlamaContextSequence } from '../src/index.ts'
import { callsOf, newLog, onlyCall, outcomeOf, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const ANSWER =
  'An audit log keeps every prompt, every answer and every signal. ' +
  'Each record says who asked, when, and which model answered.'
const sampled = { temperature: 1, topK: 0, topP: 1, seed: 11, maxTokens: 40 } as const

let chatWrapper: ChatWrapper | undefined

/** Finding the wrapper for a model takes a quarter of a second. */
async function newSession() {
  chatWrapper ??= resolveChatWrapper(runtime().model)
  const contextSequence = await runtime().newSequence()
  return new LlamaChatSession({ contextSequence, chatWrapper, systemPrompt: 'Be brief.' })
}

async function newPair(options: Parameters<typeof wrapLlamaChatSession>[2] = {}) {
  const { log, journal, problems } = newLog()
  const session = await newSession()
  expect(wrapLlamaChatSession(session, log, options)).toBe(session)
  return { log, journal, problems, session, control: await newSession() }
}

/** Asks with every callback and notes all that they hear, in order. */
async function askListening(session: LlamaChatSession, options: LLamaChatPromptOptions) {
  const heard: unknown[] = []
  const outcome = await outcomeOf(() =>
    session.promptWithMeta(tinyModelPrompt, {
      ...options,
      onTextChunk: (...args) => heard.push(['text', ...args]),
      onToken: (...args) => heard.push(['token', ...args]),
      onResponseChunk: (...args) => heard.push(['chunk', ...args])
    } as LLamaChatPromptOptions)
  )
  return { heard, outcome }
}

test('a prompt gives what the unwrapped session gives and is recorded whole', async () => {
  const { log, journal, session, control } = await newPair()
  const options = Object.freeze({ maxTokens: 60 })
  expect(await session.prompt(tinyModelPrompt, options)).toBe(ANSWER)
  expect(await control.prompt(tinyModelPrompt, options)).toBe(ANSWER)
  expect(session.getChatHistory()).toEqual(control.getChatHistory())
  const call = await onlyCall(log, journal)
  expectRecord(call, new URL('../fixtures/plain/', import.meta.url))
  const { record, contents } = call
  expect(record).toMatchObject({
    stage: 'complete',
    call: {
      operation: 'chat',
      provider: 'node-llama-cpp',
      model: 'slm-audit tiny',
      stream: false
    },
    response: { finishReasons: ['eogToken'] }
  })
  expect(record.call?.settings).toEqual({ maxTokens: 60 })
  expect(contents.input).toEqual([
    { type: 'system', text: 'Be brief.' },
    { type: 'user', text: tinyModelPrompt }
  ])
  expect(contents.output).toBe(ANSWER)
  expect(contents.logprobs).toBeUndefined()
})

test.each([false, true])(
  'callbacks hear the same in the same order (confidence: %s)',
  async (confidence) => {
    const { log, journal, session, control } = await newPair({ confidence })
    const wrapped = await askListening(session, sampled)
    expect(wrapped).toEqual(await askListening(control, sampled))
    expect(wrapped.heard.length).toBeGreaterThan(20)
    const { record } = await onlyCall(log, journal)
    expect(record.call?.stream).toBe(true)
    expect(record.call?.settings).toEqual(sampled)
    expect(record.timing?.chunks).toBe(
      wrapped.heard.filter((item) => (item as unknown[])[0] === 'chunk').length
    )
  }
)

test('a listened prompt is recorded as its fixture says', async () => {
  const { log, journal, session } = await newPair({ confidence: true })
  await askListening(session, { temperature: 0, seed: 11, maxTokens: 8 })
  const folder = new URL('../fixtures/listened/', import.meta.url)
  expectRecord(await onlyCall(log, journal), folder, 2)
})

test('tokens are counted exactly, those of the history included', async () => {
  const { log, journal, session } = await newPair({ confidence: true })
  await session.prompt(tinyModelPrompt)
  const heldTokens = session.sequence.nextTokenIndex
  const before = session.sequence.tokenMeter.getState()
  await session.prompt('Can a person be erased?', { maxTokens: 4 })
  const [first, second] = await callsOf(log, journal)
  // The last token of an answer is not evaluated, so the sequence does not hold it.
  const outputTokens = runtime().model.tokenize(ANSWER, false, 'trimLeadingSpace').length + 1
  expect(first?.record.response?.usage).toEqual({
    inputTokens: heldTokens - outputTokens + 1,
    outputTokens,
    cacheReadTokens: 0
  })
  expect(first?.record.confidence).toMatchObject({ tokens: outputTokens })
  const { usedInputTokens } = session.sequence.tokenMeter.diff(before)
  const inputTokens = session.sequence.nextTokenIndex - 4 + 1
  // The runtime counts the token of the prompt that gives the first one as output.
  expect(second?.record.response?.usage).toEqual({
    inputTokens,
    outputTokens: 4,
    cacheReadTokens: inputTokens - usedInputTokens - 1
  })
  expect(usedInputTokens).toBeLessThan(inputTokens)
  expect(second?.record.response?.finishReasons).toEqual(['maxTokens'])
})

test('an aborted prompt rejects with the reason and keeps the text that came', async () => {
  const { log, journal, session } = await newPair()
  const stop = new AbortController()
  const reason = new Error('enough')
  let text = ''
  const prompt = session.prompt(tinyModelPrompt, {
    signal: stop.signal,
    onTextChunk(chunk) {
      text += chunk
      if (text.length > 20) stop.abort(reason)
    }
  })
  await expect(prompt).rejects.toBe(reason)
  const { record, contents } = await onlyCall(log, journal)
  expect(record).toMatchObject({ stage: 'cancelled', outcome: { by: 'signal' } })
  expect(contents.output).toBe(text)
  expect(record.call?.settings).toBeUndefined()
})

test('an aborted prompt that stops without an error is cancelled too', async () => {
  const { log, journal, session } = await newPair()
  const stop = new AbortController()
  const answer = await session.promptWithMeta(tinyModelPrompt, {
    signal: stop.signal,
    stopOnAbortSignal: true,
    onToken: () => stop.abort()
  })
  expect(answer.stopReason).toBe('abort')
  const { record, contents } = await onlyCall(log, journal)
  expect(record).toMatchObject({
    stage: 'cancelled',
    outcome: { by: 'signal' },
    response: { finishReasons: ['abort'] }
  })
  expect(contents.output).toBe(answer.responseText)
})

test('an error keeps its identity and is recorded', async () => {
  const error = new Error('the template failed')
  class FailingWrapper extends EmptyChatWrapper {
    override generateContextState(): never {
      throw error
    }
  }
  const { log, journal } = newLog()
  const contextSequence = await runtime().newSequence()
  const chatWrapper = new FailingWrapper()
  const session = wrapLlamaChatSession(new LlamaChatSession({ contextSequence, chatWrapper }), log)
  await expect(session.prompt(tinyModelPrompt)).rejects.toBe(error)
  const { record, contents } = await onlyCall(log, journal)
  expect(record).toMatchObject({ stage: 'error', outcome: { type: 'Error' } })
  expect(contents.error).toBe('the template failed')
})

test('a callback that throws is treated as by the unwrapped session', async () => {
  const { log, journal, session, control } = await newPair()
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const error = new Error('in a callback')
  const ask = (target: LlamaChatSession) =>
    target.prompt(tinyModelPrompt, {
      maxTokens: 3,
      onResponseChunk() {
        throw error
      }
    })
  const answer = await ask(session)
  const printedWrapped = printed.mock.calls.splice(0)
  expect(answer).toBe(await ask(control))
  expect(printedWrapped).toEqual(printed.mock.calls)
  printed.mockRestore()
  expect((await onlyCall(log, journal)).record.stage).toBe('complete')
})

test('session and sequence wrapped, the session twice: one record per prompt', async () => {
  const { log, journal, session } = await newPair()
  wrapLlamaContextSequence(session.sequence, log)
  wrapLlamaChatSession(session, log)
  await session.prompt(tinyModelPrompt, { maxTokens: 3 })
  await onlyCall(log, journal)
})

test('prompts that wait for each other keep their own tokens', async () => {
  const { log, journal, session } = await newPair()
  const limits = [2, 5, 3]
  await Promise.all(limits.map((maxTokens) => session.prompt(tinyModelPrompt, { maxTokens })))
  const calls = await callsOf(log, journal)
  expect(calls.map(({ record }) => record.response?.usage?.outputTokens)).toEqual(limits)
})

test('a model call inside a prompt is a call of its own below it', async () => {
  const { log, journal, session } = await newPair()
  const other = wrapLlamaChatSession(await newSession(), log)
  let inner: Promise<string> | undefined
  await session.prompt(tinyModelPrompt, {
    maxTokens: 3,
    onTextChunk() {
      inner ??= other.prompt('Hello!', { maxTokens: 2 })
    }
  })
  await inner
  const [outer, below] = await callsOf(log, journal)
  expect(below?.record.parent).toBe(outer?.auditId)
})

test('functions offered to the model are recorded as tools', async () => {
  const { log, journal, session, control } = await newPair()
  const clock = defineChatSessionFunction({ description: 'The time', handler: () => '12:00' })
  const options = { maxTokens: 2, functions: { clock } }
  expect(await session.prompt('Hi', options)).toBe(await control.prompt('Hi', options))
  const { record, contents } = await onlyCall(log, journal)
  expect(record.call?.tools).toEqual(['clock'])
  expect(contents.tools).toEqual({ clock: { description: 'The time' } })
})

test('completing what the user types is recorded', async () => {
  const { log, journal, session, control } = await newPair()
  const options = { maxTokens: 4 }
  expect(await session.completePrompt('What does', options)).toBe(
    await control.completePrompt('What does', options)
  )
  const { record } = await onlyCall(log, journal)
  expect(record).toMatchObject({ stage: 'complete', call: { operation: 'text_completion' } })
})

test('an engine that completes prompts as the user types is recorded, too', async () => {
  const { log, journal, session } = await newPair()
  const completed = await new Promise<string>((resolve) => {
    const options = {
      maxPreloadTokens: 4,
      onGeneration: (_: string, text: string) => resolve(text)
    }
    session.createPromptCompletionEngine(options).complete('What does')
  })
  await expect.poll(async () => (await onlyCall(log, journal)).stage).not.toBe('received')
  const call = await onlyCall(log, journal)
  expect(call.record.call).toMatchObject({ operation: 'text_completion' })
  expect(String(call.contents.output)).toContain(completed)
})

test('no record, no call: in blocking-strict the model is not asked', async () => {
  const journal = memoryJournal()
  const append = () => Promise.reject(new Error('disk full'))
  const { log } = newLog('blocking-strict', { ...journal, append }, 500)
  const session = wrapLlamaChatSession(await newSession(), log)
  const onToken = vi.fn<(tokens: Token[]) => void>()
  await expect(session.prompt(tinyModelPrompt, { onToken })).rejects.toMatchObject({
    code: 'not_recorded'
  })
  expect(onToken).not.toHaveBeenCalled()
})

test('a closed log leaves the session as it was', async () => {
  const { log, journal, session } = await newPair()
  await log.close()
  expect(await session.prompt(tinyModelPrompt)).toBe(ANSWER)
  expect(journal.records).toEqual([])
})

test('nothing that a policy redacts is stored of prompts and answers', () =>
  storesNoCanary(async (log, text) => {
    const session = wrapLlamaChatSession(await newSession(), log)
    const prompt = text.slice(0, 600)
    await session.prompt(prompt, { maxTokens: 4, responsePrefix: text.slice(0, 200) })
    await session
      .prompt(prompt, { maxTokens: 4, signal: AbortSignal.abort(new Error(text)) })
      .catch(() => undefined)
  }))
