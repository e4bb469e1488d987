import {
  AuditError,
  type AuditErrorCode,
  type AuditLogOptions,
  memoryJournal,
  type PolicyDocument
} from '@slm-audit/core'
import { isAsyncIterable } from '@slm-audit/core/adapter'
import { expect } from 'vitest'
import { collectingLog } from '../fakes/collecting-log.ts'
import type { FakeServer } from '../fakes/fake-server.ts'
import { Caller } from './client-scenarios.ts'
import type { ClientCall, ClientSubject } from './client-subject.ts'

/** A log that lets no call leave, and why. */
interface Held {
  readonly code: AuditErrorCode
  readonly options: Partial<AuditLogOptions>
  /** What its journal's `append` does. */
  readonly append?: () => Promise<void>
  /** Fills what may wait before the call is made. */
  readonly isFull?: true
}

const ruled = (rule: object): PolicyDocument => ({ rules: [{ level: 'Metadata', ...rule }] })
const never = () => Promise.withResolvers<void>().promise
const failing = () => Promise.reject(new Error('the disk is full'))
const mode = 'blocking-strict'

const HELD: { readonly [name: string]: Held } = {
  'a strict log whose store fails': { code: 'not_recorded', options: { mode }, append: failing },
  'a strict log whose store hangs': { code: 'not_recorded', options: { mode }, append: never },
  'a strict log that is full': {
    code: 'not_recorded',
    options: { mode, maxRecords: 1 },
    append: never,
    isFull: true
  },
  'a strict rule': {
    code: 'not_recorded',
    options: { policy: ruled({ mode }) },
    append: failing
  },
  'a rule that denies': { code: 'denied', options: { policy: ruled({ deny: 'no' }) } },
  'a rule that asks for approval': {
    code: 'review_needed',
    options: { policy: ruled({ review: {} }) }
  }
}

/** So long a caller waits for a store, in milliseconds. */
const DEADLINE_MS = 100
/** Within this it must have its error, on a machine that is busy. */
const PATIENCE_MS = 10_000

/** Makes each kind of call under each log that lets none leave: the server sees nothing, and the caller gets a typed error. */
export async function checkHeldBack<C>(
  subject: ClientSubject<C>,
  server: FakeServer
): Promise<void> {
  server.answer({ status: 500 })
  server.requests.length = 0
  const calls = [subject.plain, subject.stream].filter((call) => call !== undefined)
  const found = await Promise.all(
    Object.entries(HELD).flatMap(([name, held]) =>
      calls.map(async (call) => ({
        name,
        kind: call === subject.stream ? 'streamed' : 'plain',
        met: await metBy(subject, call, held, server.url)
      }))
    )
  )
  for (const { name, kind, met } of found) {
    const { code } = HELD[name] ?? {}
    // What a body is that is a stream cannot be known before it is sent, so nobody can approve it.
    const codes = code === 'review_needed' ? [code, 'denied'] : [code]
    expect(codes, `${name}, ${kind}`).toContain(met)
  }
  expect(server.requests).toEqual([])
}

async function metBy<C>(
  subject: ClientSubject<C>,
  call: ClientCall<C>,
  { options, append, isFull }: Held,
  url: string
): Promise<string> {
  const journal = { ...memoryJournal(), ...(append && { append }) }
  const { log } = collectingLog(journal, { deadlineMs: DEADLINE_MS, ...options })
  if (isFull) for (const note of ['a', 'b']) log.annotate('an earlier call', { note })
  const client = subject.wrap(await subject.connect(url, { retries: 0 }), log)
  const begun = performance.now()
  const met = await consumed(new Caller(subject, call).run(client)).then(
    () => 'an answer',
    (error: unknown) => codeIn(error) ?? `an error of the client's alone: ${error}`
  )
  expect(performance.now() - begun).toBeLessThan(PATIENCE_MS)
  await log.close()
  return met
}

async function consumed(given: unknown): Promise<void> {
  const value = await given
  if (!isAsyncIterable(value)) return
  for await (const part of value) {
    // Some clients give an error as the last part of a stream.
    const { type, error } = part as { readonly type?: unknown; readonly error?: unknown }
    if (type === 'error' && error !== undefined) throw error
  }
}

/** The code of our error, which clients put into errors of their own. */
function codeIn(error: unknown, depth = 0): string | undefined {
  if (AuditError.is(error)) return error.code
  if (typeof error !== 'object' || error === null || depth > 6) return undefined
  const { cause, error: inner } = error as { readonly cause?: unknown; readonly error?: unknown }
  return codeIn(cause, depth + 1) ?? codeIn(inner, depth + 1)
}
