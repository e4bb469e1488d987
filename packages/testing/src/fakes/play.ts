import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditLog, AuditLogOptions } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import { expect } from 'vitest'
import { describeError, type Outcome, outcomeOf } from '../fixtures/outcome.ts'
import { callsOf, memoryLog } from './memory-log.ts'

/** One scenario, to be played without a log and with one. */
export interface Play<S> {
  /** A fresh subject, not wrapped. */
  create(): S | Promise<S>
  wrap(subject: S, log: AuditLog): S
  /** What the application does; what it returns or throws must be equal with and without the log. */
  run(subject: S): unknown
  /** Called after `run`, with the result of the control's: what else must be equal. */
  after?(control?: unknown): Promise<unknown>
  check?(calls: AuditedCall[]): void
  readonly log?: Partial<Omit<AuditLogOptions, 'journal'>>
  /** Closes the log before the run. */
  readonly closed?: boolean
  /** The application leaves the call open, so that the log's close ends it. */
  readonly leavesOpen?: boolean
}

/** How long a call may take to end after the application is done with it, in milliseconds. */
const PLAY_TIMEOUT_MS = 30_000

/**
 * Plays a scenario on the unwrapped subject, then on a wrapped one, and compares; nothing may be
 * rejected unheard, and the log may report no problem. Every call has one `received` and one
 * terminal record.
 */
export async function play<S>(scenario: Play<S>): Promise<void> {
  const control = await watchRejections(async () => {
    const subject = await scenario.create()
    const seen = await outcomeOf(() => scenario.run(subject))
    return { seen, after: await scenario.after?.() }
  })
  const { log, journal, problems } = memoryLog(scenario.log)
  if (scenario.closed) await log.close()
  const audited = await watchRejections(async () => {
    const subject = scenario.wrap(await scenario.create(), log)
    const seen = await outcomeOf(() => scenario.run(subject))
    return { seen, after: await scenario.after?.(control.value.after) }
  })
  expectSame(audited.value.seen, control.value.seen)
  expect(audited.value.after).toEqual(control.value.after)
  expect(audited.rejections).toEqual(control.rejections)
  if (!scenario.leavesOpen && !scenario.closed) await untilEnded(log, journal)
  await log.close()
  const stages = journal.records.map(({ header }) => JSON.parse(header) as Header)
  for (const one of Map.groupBy(stages, ({ auditId }) => auditId).values()) {
    if (one[0]?.stage === 'event') continue
    expect(one.map(({ stage }) => stage)).toEqual([
      'received',
      expect.not.stringMatching('received')
    ])
  }
  scenario.check?.(callsOf(journal.records))
  expect(problems.filter(({ code }) => !(scenario.closed && code === 'closed'))).toEqual([])
}

interface Header {
  readonly auditId: string
  readonly stage: string
}

function expectSame(audited: Outcome, control: Outcome): void {
  expect(audited).toStrictEqual(control)
}

async function untilEnded(
  log: AuditLog,
  journal: { readonly records: Parameters<typeof callsOf>[0] }
): Promise<void> {
  const until = performance.now() + PLAY_TIMEOUT_MS
  do {
    await log.flush()
    if (callsOf(journal.records).every(({ stage }) => stage !== 'received')) return
    await sleep(5)
  } while (performance.now() < until)
}

async function watchRejections<T>(run: () => Promise<T>) {
  const rejections: unknown[] = []
  const note = (reason: unknown) => {
    rejections.push(describeError(reason))
  }
  process.on('unhandledRejection', note)
  try {
    const value = await run()
    // Node tells of a rejection after the turn in which it was not heard.
    await new Promise((resolve) => setImmediate(resolve))
    return { value, rejections }
  } finally {
    process.off('unhandledRejection', note)
  }
}
