import { canonicalize } from '@slm-audit/core/exporter'
import { KEY_ADDED, type PendingRecord } from '@slm-audit/core/journal'
import type { ShopCall } from './shop.ts'
import { SYSTEM } from './texts.ts'

const HOST = { instance: 'shop-corpus', name: 'shop-1', runtime: 'node 24', platform: 'linux x64' }

/** The records of a call as a log makes them: `received`, then how it ended. */
export function recordsOf(call: ShopCall, number: number): PendingRecord[] {
  const { at, kind, session, user, tenant, tier, language, version, model, provider } = call
  const isTool = kind === 'tool'
  const operation = isTool ? 'execute_tool' : 'chat'
  const ended = call.at + call.durationMs
  const head = {
    schema: 2,
    auditId: auditIdOf(at, number),
    kind,
    context: { session, user, tenant, tags: { language, tier } },
    service: { name: 'support-bot', version, environment: 'prod' },
    host: HOST,
    call: {
      operation,
      provider: isTool ? 'support-bot' : provider,
      ...(isTool ? { name: call.tool } : { model, stream: true, settings: { temperature: 0.2 } })
    }
  }
  const timing = {
    durationMs: call.durationMs,
    ...(!isTool &&
      call.outcome !== 'error' && { timeToFirstChunkMs: call.firstMs, chunks: call.outputTokens })
  }
  const input = isTool ? call.asked : JSON.stringify(messagesOf(call))
  return [
    pending({ ...head, stage: 'received', at: iso(at) }, [['input', JSON_TYPE, input]]),
    pending(
      {
        ...head,
        stage: isTool ? 'complete' : call.outcome,
        at: iso(ended),
        timing,
        ...ending(call)
      },
      contentsOf(call)
    )
  ]
}

const JSON_TYPE = 'application/json'

function contentsOf(call: ShopCall): readonly Content[] {
  if (call.kind === 'tool') return [['output', JSON_TYPE, call.answered]]
  if (call.outcome === 'error') {
    const message = call.status === 429 ? 'rate limit, retry after 2 s' : 'the model is not there'
    return [['error', JSON_TYPE, JSON.stringify({ message })]]
  }
  if (call.finish === 'tool_calls') return []
  const said = call.outcome === 'cancelled' ? call.answered.slice(0, 12) : call.answered
  return [['output', 'text/plain', said]]
}

function ending(call: ShopCall): object {
  if (call.kind === 'tool') return {}
  const { outcome, status, model, finish, tool, inputTokens, outputTokens, meanLogprob } = call
  if (outcome === 'error') {
    return { outcome: { type: status === 429 ? 'RateLimitError' : 'APIError', status } }
  }
  return {
    ...(outcome === 'cancelled' && { outcome: { by: 'consumer' } }),
    response: {
      model,
      finish: [outcome === 'cancelled' ? 'cancelled' : finish],
      usage: { inputTokens, outputTokens },
      ...(finish === 'tool_calls' && { toolCalls: [{ name: tool }] })
    },
    confidence: { tokens: outputTokens, meanLogprob }
  }
}

function messagesOf({ history, asked }: ShopCall): object[] {
  const said = [...history, asked].map((content, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content
  }))
  return [{ role: 'system', content: SYSTEM }, ...said]
}

/** The record that a log begins with, of the key that signs it. */
export function keyRecordOf(key: string, at: number): PendingRecord {
  const event = { key, custody: 'signer' }
  const placed = { auditId: auditIdOf(at, 0), at: iso(at) }
  return pending({ schema: 2, ...placed, kind: KEY_ADDED, stage: 'event', event }, [])
}

type Content = readonly [name: string, type: string, body: string]

function pending(
  record: { readonly [name: string]: unknown },
  contents: readonly Content[]
): PendingRecord {
  const names = Object.keys(record).filter((name) => record[name] !== undefined)
  const part = (isPart: (name: string) => boolean) =>
    canonicalize(
      Object.fromEntries(names.filter(isPart).map((name) => [name, record[name]])) as never
    ).slice(1, -1)
  return {
    record: record as never,
    head: part((name) => name < 'log'),
    tail: part((name) => name > 'log'),
    contents: contents.map(([name, type, body]) => ({ name, type, body }) as never)
  }
}

/** A UUID of version 7 that follows from the time and the number of the call. */
function auditIdOf(at: number, number: number): string {
  const time = Math.floor(at).toString(16).padStart(12, '0')
  const rest = number.toString(16).padStart(15, '0')
  const [one, two] = [rest.slice(0, 3), rest.slice(3)]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${one}-8000-${two}`
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
