import { type AuditLog, memoryJournal, type PolicyDocument } from '@slm-audit/core'
import { isAsyncIterable } from '@slm-audit/core/adapter'
import { expect } from 'vitest'
import { collectingLog } from '../fakes/collecting-log.ts'
import type { Answer, FakeServer } from '../fakes/fake-server.ts'
import { ALL_CANARIES } from '../fixtures/canaries.ts'
import { inPieces, planted, plantedAnswer } from '../fixtures/planted.ts'
import { Caller } from './client-scenarios.ts'
import type { ClientCall, ClientSubject } from './client-subject.ts'

/** All canaries, each in a sentence. */
const TEXT = ALL_CANARIES.map(({ text }) => text).join(' ')
/** Not a word of any canary, and in each of their sentences. */
const AROUND = 'Please note'
const ALL = Number.POSITIVE_INFINITY

const redact = [{ detectors: ['secrets', 'personal'] }]
const POLICY: PolicyDocument = { rules: [{ level: 'RequestResponse', redact }] }

/** The same, with a detector that throws for every third text. */
function failing(): PolicyDocument {
  let asked = 0
  const find = () => {
    if (asked++ % 3 === 2) throw new Error(TEXT)
    return []
  }
  const own = [{ detectors: ['failing'] }, ...redact]
  return {
    detectors: [{ id: 'failing', find }],
    rules: [{ level: 'RequestResponse', redact: own }]
  }
}

interface Made<C> {
  readonly call: ClientCall<C>
  readonly answers: readonly Answer[]
  readonly retries?: number
  /** How much of a stream the application reads. */
  readonly most?: number
}

/**
 * Runs `use` with a log whose policy redacts secrets and personal data, and with a text of all kinds of them that it has
 * its client send and receive: none stands in what is stored, nor in what is told. So it is with a detector that throws.
 */
export async function storesNoCanary(
  use: (log: AuditLog, text: string) => Promise<unknown>
): Promise<void> {
  for (const policy of [POLICY, failing()]) {
    const { log, journal, problems } = collectingLog(memoryJournal(), { policy })
    const context = { user: 'u-7', tags: { note: TEXT } }
    await log.withContext(context, () => use(log, TEXT))
    await log.close()
    const stored = journal.records.flatMap(({ header, contents }) => [
      header,
      ...contents.map(({ body }) => Buffer.from(body ?? []).toString())
    ])
    const told = problems.map((problem) => `${problem.message} ${problem.stack} ${problem.cause}`)
    const all = [...stored, ...told].join('\n')
    expect(all).toContain(AROUND)
    expect(canariesIn(all)).toEqual([])
    expect(new Set(problems.map(({ code }) => code))).toEqual(
      new Set(policy === POLICY ? [] : ['bad_record'])
    )
  }
}

/** Has a client send and receive canaries in every way that calls go: see `storesNoCanary`. */
export async function checkCanaries<C>(
  subject: ClientSubject<C>,
  server: FakeServer
): Promise<void> {
  await storesNoCanary(async (log) => {
    for (const { call, answers, retries = 0, most = ALL } of callsOf(subject)) {
      server.answer(...answers)
      const client = subject.wrap(await subject.connect(server.url, { retries }), log)
      const caller = new Caller(subject, call)
      await consumed(
        () => caller.run(client, undefined, planted(caller.params(), TEXT)),
        most
        // Clients refuse what does not fit their types, and tell of errors.
      ).catch(() => undefined)
    }
  })
}

/** Canaries that stand in a text, in one of the forms that texts have on the wire. */
function canariesIn(text: string): string[] {
  const forms = (value: string) => [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value)
  ]
  return ALL_CANARIES.filter(({ value }) => forms(value).some((form) => text.includes(form))).map(
    ({ detector }) => detector
  )
}

function callsOf<C>(subject: ClientSubject<C>): Made<C>[] {
  const made: Made<C>[] = []
  const error = JSON.stringify(messages(subject.refusal ?? { error: { message: '' } }))
  const failed: Answer = { status: 500, chunks: [error] }
  const page: Answer = { headers: { 'content-type': 'text/html' }, chunks: [TEXT] }
  for (const call of [subject.plain, subject.stream]) {
    if (!call) continue
    const { fixture, answer } = new Caller(subject, call)
    const text = plantedAnswer(fixture, TEXT)
    const sent = (size: number, all = text) =>
      all === undefined ? answer : { ...answer, pauseMs: 0, chunks: inPieces(all, size) }
    made.push({ call, answers: [sent(1)] })
    made.push({ call, answers: [{ status: 400, chunks: [error] }] })
    if (call === subject.plain) made.push({ call, answers: [page] })
    if (subject.retries) made.push({ call, answers: [failed, sent(61)], retries: 1 })
    if (!fixture.isStream || text === undefined) continue
    const half = text.slice(0, text.length / 2)
    made.push({ call, answers: [sent(61)], most: 2 })
    made.push({ call, answers: [{ ...sent(61, half), after: 'destroy' }] })
  }
  return made
}

/** An error whose messages say it. */
function messages(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'message' ? TEXT : messages(member)
    ])
  )
}

async function consumed(run: () => unknown, most: number): Promise<void> {
  const value = await run()
  if (!isAsyncIterable(value)) return
  let seen = 0
  for await (const _part of value) if (++seen >= most) break
}
