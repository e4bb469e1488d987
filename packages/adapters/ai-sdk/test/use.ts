import type { AuditedCall } from '@slm-audit/core/reader'
import { expect } from 'vitest'
import type { App } from './majors.ts'

/** What a test gives to a call. */
export interface Asked {
  readonly system?: string
  readonly prompt?: string
  readonly temperature?: number
  readonly tools?: object
  readonly signal?: AbortSignal | undefined
  readonly steps?: number
}

function optionsOf(app: App, { signal, steps, ...asked }: Asked) {
  return {
    ...asked,
    ...app.extra,
    model: app.model,
    maxRetries: app.maxRetries,
    prompt: asked.prompt ?? 'Weather in Ulm?',
    ...(signal && { abortSignal: signal }),
    ...(steps && { stopWhen: app.ai.stepCountIs(steps) })
  } as unknown as Parameters<App['ai']['generateText']>[0]
}

/** `generateText`, and of its result what is the same in every run. */
export async function generate(app: App, asked: Asked = {}): Promise<object> {
  const result = await app.ai.generateText(optionsOf(app, asked))
  const { text, reasoningText, finishReason, usage, content, steps } = result
  const { id, modelId } = result.response
  return { text, reasoningText, finishReason, usage, content, steps: steps.length, id, modelId }
}

/** `streamText`, as an iterable of its parts without what the clock writes into them. */
export function stream(app: App, asked: Asked = {}): AsyncIterable<unknown> {
  const options = { ...optionsOf(app, asked), onError: () => undefined }
  const { fullStream } = app.ai.streamText(options as never)
  return {
    [Symbol.asyncIterator]() {
      const source = (fullStream as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      const next = async () => plain(await source.next()) as IteratorResult<unknown>
      return { next, ...(source.return && { return: source.return.bind(source) }) }
    }
  }
}

const VOLATILE = new Set(['performance', 'timestamp', 'request', 'headers', 'callId'])

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  const kept = Object.entries(value).filter(([name]) => !VOLATILE.has(name))
  return Object.fromEntries(kept.map(([name, member]) => [name, plain(member)]))
}

/** An agent that looks up the weather of two cities and then answers. */
export function newAgent(run: typeof generate | typeof stream) {
  return async (app: App) => {
    const inputSchema = app.ai.jsonSchema({ type: 'object' })
    const execute = async ({ city }: { city: string }) => {
      if (city === 'Oslo') throw new RangeError('no weather there')
      return `rain in ${city}`
    }
    const tools = { weather: app.ai.tool({ description: 'd', inputSchema, execute } as never) }
    const result = run(app, { tools, steps: 3 })
    if (!(Symbol.asyncIterator in result)) return result
    const parts: unknown[] = []
    for await (const part of result) parts.push(part)
    // Version 7 makes up ids for its own messages.
    return 'registerTelemetry' in app.ai ? parts.length : parts
  }
}

/** Runs with a signal that times out once a request was sent; what is thrown is returned by its name. */
export async function timedOut(run: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
  const stop = new AbortController()
  const { fetch } = globalThis
  globalThis.fetch = (...args) => {
    setTimeout(() => stop.abort(new DOMException('too late', 'TimeoutError')), 5)
    return fetch(...args)
  }
  try {
    return await run(stop.signal)
  } catch (error) {
    return (error as Error).name
  } finally {
    globalThis.fetch = fetch
  }
}

/** What was recorded, once no call is open: the SDK may tell of an end after its result is there. */
export async function endedCalls(calls: () => Promise<AuditedCall[]>): Promise<AuditedCall[]> {
  const open = async () => (await calls()).filter(({ stage }) => stage === 'received')
  await expect.poll(open).toEqual([])
  return calls()
}
