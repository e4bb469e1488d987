import { AuditError, type AuditLog, memoryJournal, parseRecord } from '@slm-audit/core'
import { auditRecordSchema } from '@slm-audit/core/schema'
import { describe, expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

/** Anything that an application without types may give. */
type Odd = never

const cycle: { [name: string]: unknown } = { a: 1 }
cycle.self = cycle
const unreadable = Object.defineProperty({}, 'user', {
  enumerable: true,
  get: () => {
    throw new Error('secret words')
  }
})
let deep: object = {}
for (let depth = 0; depth < 50_000; depth++) deep = { deep }

const requests: readonly unknown[] = [
  'chat',
  [],
  null,
  { operaton: 'chat', provider: 'test' },
  { operation: 42, provider: null },
  { operation: { name: 'chat' }, provider: ['test'], kind: {}, conversation: 7 },
  { ...chat, stream: 'yes', settings: 'hot', model: { id: 1 }, name: 5 },
  { ...chat, settings: cycle, toolNames: 'search' },
  { ...chat, settings: { n: 1n, not: Number.NaN, run: () => 1, deep }, toolNames: [{}, 5, 'x'] },
  { ...chat, prompt: 'p', endpoint: 'http://host', client: { name: {} }, server: { version: '1' } },
  { ...chat, endpoint: { address: 'host', port: 1.5, extra: 1 }, toString: 1, '~a/b': 1 },
  { ...chat, identity: { digest: 'zz', parameters: -1, runtime: { node: 5 }, odd: 1, adapters: 1 } }
]

const answers: readonly unknown[] = [
  'words',
  { ouput: 'words' },
  { id: 7, model: { name: 'x' }, details: 'd', fingerprint: null },
  { usage: { inputTokens: 'many', outputTokens: 1.5, raw: cycle }, timing: { durationMs: -1 } },
  { usage: 'much', timing: { durationMs: Number.NaN }, toolCalls: [{ nme: 'x' }, { name: 'y' }] },
  { finishReasons: [5, {}], scores: [{ label: 'a', score: '1' }], reasoning: { blocks: 'two' } },
  { error: 'failed', scores: 'all', toolCalls: 'many', reasoning: 'because' }
]

const contexts: readonly unknown[] = [
  undefined,
  'user',
  { user: 42, session: { id: 'S-1' }, tags: ['gold'], more: cycle },
  { user: null, tags: 'gold', tenant: Symbol('t'), deep },
  unreadable
]

const told = (problems: readonly AuditError[]) =>
  problems.map(({ code, message }) => `${code}: ${message}`)

describe('what an application gives by mistake', () => {
  test.each([
    ['requests', requests, (log: AuditLog, odd: Odd) => log.record(odd, () => 'mine')],
    [
      'answers',
      answers,
      (log: AuditLog, odd: Odd) =>
        log.record(
          chat,
          () => 'mine',
          () => odd
        )
    ],
    [
      'contexts',
      contexts,
      (log: AuditLog, odd: Odd) => log.withContext(odd, () => log.record(chat, () => 'mine'))
    ]
  ])('odd %s leave the host alone, and records that the schema takes', async (_, all, call) => {
    const { log, journal } = newLog()
    for (const odd of all) expect(call(log, odd as Odd)).toBe('mine')
    await log.close()
    expect(callsOf(journal.records)).toHaveLength(all.length)
    for (const sealed of journal.records) {
      const record = parseRecord(sealed)
      expect([record.call, auditRecordSchema.safeParse(record).error?.issues]).toEqual([
        record.call,
        undefined
      ])
      expect(sealed.header).not.toContain('secret')
    }
  })

  test('is reported once, with the name that was meant, and marked in the record', async () => {
    const { log, journal, problems } = newLog()
    const odd = { operaton: 'chat', provider: 'test' } as Odd
    for (let time = 0; time < 3; time++)
      log.record(
        odd,
        () => 1,
        () => ({ ouput: 1 }) as Odd
      )
    await log.flush()
    expect(told(problems)).toEqual([
      'bad_option: a call is recorded without call/operaton: no such member; did you mean operation?',
      'bad_option: a call is recorded without call/operation: missing',
      'bad_option: a call is recorded without response/ouput: no such member; did you mean output?'
    ])
    const [received] = journal.records.map(parseRecord)
    expect(received?.call).toEqual({ operation: 'unknown', provider: 'test' })
    expect(received?.altered).toContainEqual({
      pointer: '/call/operaton',
      what: 'unread',
      reason: 'no such member; did you mean operation?'
    })
  })

  test('ids that are numbers are kept as text; what is not a context is reported', async () => {
    const { log, journal, problems } = newLog()
    log.withContext({ user: 42, tags: { tier: 1 }, more: { a: 1 } } as Odd, () => log.open(chat))
    log.withContext({ session: {} } as Odd, () => log.open(chat))
    log.withContext(null as Odd, () => log.open(chat))
    log.annotate(undefined as Odd, {})
    log.annotate('id', 'text' as Odd)
    await log.flush()
    const [first] = journal.records.map(parseRecord)
    expect(first?.context).toEqual({ user: '42', tags: { tier: 1 } })
    const [call] = callsOf(journal.records)
    expect(call?.contents['header.context']).toEqual({ more: { a: 1 } })
    expect(told(problems)).toEqual([
      'bad_option: withContext has no member more; it takes user, session, conversation, tenant, groups, tags. What is yours alone belongs in tags',
      'bad_option: withContext leaves out session, which cannot be of the kind object',
      'bad_option: withContext needs an object such as { user, session, tags }; the code runs without',
      'bad_option: annotate takes an auditId and an object; nothing was added'
    ])
  })
})

test('a member of a context that is mistyped is told once, with the name that was meant, and kept', async () => {
  const { log, journal, problems } = newLog()
  // @ts-expect-error a context has no such member
  const run = () => log.withContext({ usr: 'u-7', tags: { tier: 'gold' } }, () => log.open(chat))
  run()
  run()
  await log.flush()
  expect(told(problems)).toEqual([
    'bad_option: withContext has no member usr; did you mean user? What is yours alone belongs in tags'
  ])
  const [call] = callsOf(journal.records)
  expect(call?.contents['header.context']).toEqual({ usr: 'u-7' })
})

test('more media than a record has room for are kept as digests, and marked so', async () => {
  const { log, journal, problems } = newLog({ media: 'keep' })
  const images = Array.from({ length: 80 }, (_, at) => Uint8Array.of(1, 2, 3, at))
  log.open({ ...chat, input: { images } }).complete({ output: { images } })
  await log.close()
  const [received, ended] = journal.records
  expect(received?.contents).toHaveLength(33)
  expect(ended?.contents).toHaveLength(17)
  const { altered = [] } = parseRecord(ended ?? { header: '{}' })
  expect(altered.filter(({ what }) => what === 'moved')).toHaveLength(16)
  expect(altered.at(-1)).toMatchObject({ what: 'digested', reason: '48 more' })
  expect(problems).toEqual([])
})

test('a record that can never be stored holds up none of the many around it', async () => {
  const journal = memoryJournal()
  const { append } = journal
  let appends = 0
  journal.append = async (pending) => {
    appends++
    const [bad] = pending.filter(({ contents }) => contents.some(({ body }) => body === 'bad'))
    if (bad) throw new AuditError('bad_record', 'never')
    await append(pending)
  }
  const { log, problems } = newLog({ journal })
  for (let count = 0; count < 300; count++)
    log.open({ ...chat, input: count === 250 ? 'bad' : 'good' })
  await log.close()
  const gaps = journal.records.map(parseRecord).filter(({ kind }) => kind === 'gap')
  expect(journal.records.map(parseRecord).filter(({ stage }) => stage === 'received')).toHaveLength(
    299
  )
  expect(gaps).toMatchObject([{ event: { records: 1 } }])
  expect(told(problems)).toEqual(['bad_record: never'])
  expect(appends).toBeLessThan(150)
})
