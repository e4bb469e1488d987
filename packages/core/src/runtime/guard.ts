import { AuditError } from '../base/error.ts'
import { heirless } from '../base/json-text.ts'
import { typeOfError } from '../record/outcome.ts'
import type { Report } from './reporter.ts'

/** Most faults of one log that are remembered as told. */
const MOST_TOLD = 100

const told = new WeakMap<Report, Set<string>>()

/**
 * The guard between this package and the application: runs code of ours, and when that throws tells `report`
 * and gives what `instead` does. A fault is told once a log, as `protocol_failed`. Everything that the
 * application, its clients, timers and signals call goes through this function or `besideHost`.
 */
export function guard<T, I>(report: Report, run: () => T, instead: (cause: unknown) => I): T | I {
  try {
    return run()
  } catch (cause) {
    tellFault(report, cause)
    return instead(cause)
  }
}

/** A function that runs `run` in the guard, for what calls it later, such as a timer. */
export function guarded<T, I>(report: Report, run: () => T, instead: () => I): () => T | I {
  return () => guard(report, run, instead)
}

/**
 * Runs code of the application's inside of code of ours: `ours` is given what calls it, and what `ours` gives
 * is returned. Where `ours` fails, the application meets what its own code gave or threw, which has run
 * once: `alone` runs it where `ours` did not come so far.
 */
export function besideHost<T>(
  report: Report,
  alone: () => T,
  ours: (host: (run: () => T) => T) => T
): T {
  let met: { readonly value: T } | { readonly error: unknown } | undefined
  const host = (run: () => T): T => {
    try {
      const value = run()
      met = { value }
      return value
    } catch (error) {
      met = { error }
      throw error
    }
  }
  try {
    return ours(host)
  } catch (thrown) {
    if (met === undefined) {
      tellFault(report, thrown)
      return alone()
    }
    if ('error' in met) throw met.error
    tellFault(report, thrown)
    return met.value
  }
}

/**
 * Puts the guard around methods of a class of ours, once for all of its instances. `instead` is given
 * the instance when one of them has failed, and says what it gives then.
 */
export function guardMethods<T extends { readonly report: Report }>(
  guarded: { readonly prototype: T },
  names: readonly (keyof T & string)[],
  instead: (one: T, cause: unknown) => unknown
): void {
  for (const name of names) {
    const method = Reflect.get(guarded.prototype, name) as (...args: unknown[]) => unknown
    const value = function (this: T, ...args: unknown[]): unknown {
      try {
        return method.apply(this, args)
      } catch (cause) {
        tellFault(this.report, cause)
        return guard(
          this.report,
          () => instead(this, cause),
          () => undefined
        )
      }
    }
    Object.defineProperty(
      guarded.prototype,
      name,
      heirless({ value, configurable: true, writable: true })
    )
  }
}

/** Tells of a fault of ours as `protocol_failed`, once a log. Never throws. */
export function tellFault(report: Report, cause: unknown): void {
  try {
    const message = `a call could not be recorded as it was: ${typeNamed(cause)}; report it with the cause`
    const faults = told.get(report) ?? new Set()
    told.set(report, faults)
    if (faults.has(message) || faults.size >= MOST_TOLD) return
    faults.add(message)
    report(new AuditError('protocol_failed', message, { cause }))
  } catch {
    // Nobody is left who could be told.
  }
}

function typeNamed(cause: unknown): string {
  try {
    return typeOfError(cause)
  } catch {
    return 'an error'
  }
}
