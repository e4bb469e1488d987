import { canonicalize } from '@slm-audit/core/exporter'
import type { PendingRecord } from '@slm-audit/core/journal'
import { rowOf, type Writer } from '../packages/journals/sqlite/src/store/writer.ts'

/** Words of the texts: the first are in most of them, the last in few. */
const VOCABULARY = Array.from({ length: 5000 }, (_, at) => `w${at.toString(36)}x`)
/** Words of a text, unless told. */
const WORDS = 60
const BATCH = 250
const FIRST_AT = Date.UTC(2026, 7, 31)
const DAYS = 90
const DAY_MS = 86_400_000

/** When the call at a place of a log of so many is received: over 90 days. */
export function receivedAt(place: number, of: number): number {
  return FIRST_AT + Math.floor((place * DAYS * DAY_MS) / of)
}

/**
 * Appends calls with varied facts and texts, from one place of a log of `of` calls to before another:
 * 20,000 users, 60,000 sessions, one call in 2,500 with an error, in 100,000 with the word `unicorn`.
 * Each text has about so many `words`. Returns what the appends took, in milliseconds.
 */
export function appendVaried(
  writer: Writer,
  from: number,
  to: number,
  of: number,
  words = WORDS
): number {
  const random = seeded(from + 1)
  let took = 0
  for (let first = from; first < to; first += BATCH) {
    const rows = []
    for (let place = first; place < Math.min(to, first + BATCH); place++) {
      rows.push(...varied(place, of, () => text(random, words)).map((one) => rowOf(one)))
    }
    const began = performance.now()
    writer.append(rows)
    took += performance.now() - began
  }
  return took
}

function varied(place: number, of: number, words: () => string): readonly PendingRecord[] {
  const at = receivedAt(place, of)
  const auditId = `${at.toString(16).padStart(12, '0')}${place.toString(16).padStart(20, '0')}`
  const rare = `${place % 100_000 === 5 ? ' unicorn' : ''}${place % 1000 === 7 ? ' 退款需要多久' : ''}`
  const model = place % 5000 === 9 ? 'rare-model' : `model-${place % 4}`
  const shared = {
    auditId,
    kind: 'call',
    schema: 1,
    context: {
      session: `S-${place % 60_000}`,
      tags: { tier: place % 50 === 0 ? 'gold' : 'free' },
      tenant: `t-${place % 70}`,
      user: `u-${place % 20_000}`
    },
    call: { model, operation: 'chat', provider: place % 3 ? 'openai' : 'ollama' }
  }
  const isError = place % 2500 === 11
  const input = `How long does a refund take? ${words()}${rare}`
  const response = { model, usage: { inputTokens: 70, outputTokens: 65 } }
  return [
    recordOf({ ...shared, at: iso(at), stage: 'received' }, 'input', input),
    isError
      ? recordOf({ ...shared, at: iso(at + 800), stage: 'error', outcome: { type: 'APIError' } })
      : recordOf(
          {
            ...shared,
            at: iso(at + 800),
            stage: 'complete',
            response,
            timing: { durationMs: 800 }
          },
          'output',
          `The refund takes ${words()}`
        )
  ]
}

function recordOf(
  record: { readonly [name: string]: unknown },
  name?: string,
  body = ''
): PendingRecord {
  const names = Object.keys(record)
  const text = (isPart: (name: string) => boolean) =>
    canonicalize(
      Object.fromEntries(names.filter(isPart).map((each) => [each, record[each]]))
    ).slice(1, -1)
  return {
    record: record as never,
    head: text((each) => each < 'log'),
    tail: text((each) => each > 'log'),
    contents: name === undefined ? [] : [{ name: name as 'input', type: 'text/plain', body }]
  }
}

function text(random: () => number, words: number): string {
  const word = () => VOCABULARY[Math.floor(VOCABULARY.length * random() ** 3)]
  return Array.from({ length: words }, word).join(' ')
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
}
