import type { AuditLog, AuditLogOptions } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'
import { type Play, play } from '../fakes/play.ts'
import { expectRecord } from '../fixtures/expect-record.ts'

/** Something that an application does with an object in process. */
export interface MethodScenario<S> {
  /** The title of its test. */
  readonly name: string
  /** Returns, or throws, what the application sees: equal with and without the log. */
  run(subject: S): unknown
  /** A folder of fixtures whose `expected.json` holds the first call's record: see `expectRecord`. */
  readonly folder?: URL
  /** Checks the calls recorded. */
  check?(calls: AuditedCall[]): void
  /** Options of the log. */
  readonly log?: Partial<Omit<AuditLogOptions, 'journal'>>
  /** Set where the application leaves a call open; it is then ended by the log's close. */
  readonly leavesOpen?: boolean
}

/** A client that works in process: a method seam, a hook, a middleware. */
export interface MethodSubject<S> {
  /** Names the row in the table of scenarios, for instance `transformers 4`. */
  readonly name: string
  /** A fresh object, not wrapped; called for every scenario, twice. */
  create(): S | Promise<S>
  /** Attaches the log; returns what the application uses from there. */
  wrap(subject: S, log: AuditLog): S
  /** The first one also serves for wrapping twice and for a closed log, so let it record one call. */
  readonly scenarios: readonly MethodScenario<S>[]
}

/**
 * Proves that an object behaves wrapped as it does unwrapped: each scenario is played on both, and
 * what they return or throw, errors by class, message and members, must be equal. Nothing may be
 * rejected unheard, the log may report no problem, every call has one terminal record.
 *
 * To be called in a vitest file.
 */
export function testMethod<S>(subject: MethodSubject<S>): void {
  const { create, wrap, scenarios } = subject
  describe(`${subject.name}, against the unwrapped object`, () => {
    for (const scenario of scenarios) {
      test(scenario.name, () => play<S>(toPlay(subject, scenario)))
    }
    const [first] = scenarios
    if (first === undefined) throw new Error(`${subject.name} has no scenario`)
    test('wrapped twice', () => play<S>(twice({ create, wrap, run: first.run })))
    test('the log is closed', () =>
      play<S>({
        create,
        wrap,
        run: first.run,
        closed: true,
        check: (calls) => expect(calls).toEqual([])
      }))
  })
}

function toPlay<S>({ create, wrap }: MethodSubject<S>, scenario: MethodScenario<S>): Play<S> {
  const { name: _name, folder, check, ...rest } = scenario
  return {
    create,
    wrap,
    ...rest,
    check(calls) {
      if (folder) expectRecord(calls[0], folder, 3)
      check?.(calls)
    }
  }
}

/** The same, wrapped twice; it is recorded once. */
export function twice<S>(scenario: Play<S>): Play<S> {
  return {
    ...scenario,
    wrap: (subject, log) => scenario.wrap(scenario.wrap(subject, log), log),
    check: (calls) => expect(calls).toHaveLength(1)
  }
}
