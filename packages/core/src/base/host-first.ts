import { heirless } from './json-text.ts'

/**
 * What stands between functions of the application and ours that are laid over them: where ours fails, the application
 * meets what its own gave or threw, which has run once. Nothing here calls anything of ours that is not under its guard.
 */

type Fault = (cause: unknown) => void

const listeners = new Set<Fault>()

/** Has `hear` called with what fails of ours where no log is at hand: each open log hears of it. Returns an undo. */
export function onFault(hear: Fault): () => void {
  listeners.add(hear)
  return () => void listeners.delete(hear)
}

/** Tells every open log of a fault of ours. Never throws. */
export function tell(cause: unknown): void {
  for (const hear of listeners) {
    try {
      hear(cause)
    } catch {
      // Nobody is left who could be told.
    }
  }
}

type Met = { readonly value: unknown } | { readonly error: unknown } | undefined

/** Calls a function of ours that calls one of the host's; `met` is what came of that. */
function first<T>(met: () => Met, ours: () => T, alone: () => T): T {
  try {
    return ours()
  } catch (thrown) {
    const came = met()
    if (came === undefined) {
      tell(thrown)
      return alone()
    }
    if ('error' in came) throw came.error
    tell(thrown)
    return came.value as T
  }
}

/** A method of the host's, as those that are laid over it call it: on the same object, with arguments as given. */
export type Host<Args extends unknown[], R> = (...args: Args) => R

/**
 * A method to be laid over `native`: `ours` is called with what calls that. Where it is to be called on nothing, as a fetch
 * is, `self` says so.
 */
export function over<This, Args extends unknown[], R>(
  native: (this: This, ...args: Args) => R,
  ours: (this: This, host: Host<Args, R>, ...args: Args) => R,
  on: 'this' | 'nothing' = 'this'
): (this: This, ...args: Args) => R {
  return function (...args) {
    const self = (on === 'this' ? this : undefined) as This
    let met: Met
    const host: Host<Args, R> = (...given) => {
      try {
        const value = native.apply(self, given)
        met = { value }
        return value
      } catch (error) {
        met = { error }
        throw error
      }
    }
    return first(
      () => met,
      () => ours.call(this, host, ...args),
      () => native.apply(self, args)
    )
  }
}

/** The method that parses what another one gives as JSON. */
export function parsed<This>(
  text: (this: This) => Promise<string>
): (this: This) => Promise<unknown> {
  return function () {
    return text.call(this).then((found) => JSON.parse(found) as unknown)
  }
}

/** Any method. */
type AnyMethod = (this: unknown, ...args: unknown[]) => unknown

/** `over` for what is made once from the host's method, which it calls as a method. */
export function overMade(native: AnyMethod, make: (host: AnyMethod) => AnyMethod): AnyMethod {
  let met: Met
  const ours = make(function (...args) {
    try {
      const value = native.apply(this, args)
      met = { value }
      return value
    } catch (error) {
      met = { error }
      throw error
    }
  })
  return function (...args) {
    const around = met
    met = undefined
    try {
      return first(
        () => met,
        () => ours.apply(this, args),
        () => native.apply(this, args)
      )
    } finally {
      met = around
    }
  }
}

/**
 * Puts `over` around methods of a class of ours that run a function of the application's: by name, which of their
 * arguments that is, and what it is given where the method fails before it has run.
 */
export function runsHost<T extends object>(
  guarded: { readonly prototype: T },
  methods: {
    readonly [Name in keyof T & string]?: { readonly at: number; readonly given?: unknown }
  }
): void {
  for (const [name, found] of Object.entries(methods)) {
    const { at, given } = found as { readonly at: number; readonly given?: unknown }
    const method = Reflect.get(guarded.prototype, name) as AnyMethod
    const value: AnyMethod = function (...args) {
      const run = args[at]
      if (typeof run !== 'function') return method.apply(this, args)
      return over(
        run as AnyMethod,
        (host) => method.apply(this, [...args.slice(0, at), host, ...args.slice(at + 1)]),
        'nothing'
      ).call(undefined, given)
    }
    Object.defineProperty(
      guarded.prototype,
      name,
      heirless({ value, configurable: true, writable: true })
    )
  }
}

/** A member that the application reads and sets: what it sets is kept as `made` makes it. */
export function laidOver<T>(initial: T, made: (given: T) => T): PropertyDescriptor {
  const of = (given: T): T =>
    first(
      () => undefined,
      () => made(given),
      () => given
    )
  let current = of(initial)
  return {
    get: () => current,
    set(given: T) {
      current = of(given)
    },
    configurable: true
  }
}

/** Names of errors of ours that are meant for the application: a call that may not be made without its record. */
const MEANT = 'AuditError'

/** Whether an error of ours is the application's to meet. */
export function isMeant(error: unknown): boolean {
  return error instanceof Error && error.name === MEANT
}

/**
 * A handler for what a promise of the host's resolves to: `ours` sees it, and the host goes on with it, when what `ours`
 * gives has settled. What `ours` fails with is told; an AuditError that it rejects with is the host's.
 */
export function passOn<T>(ours: (value: T) => unknown): (value: T) => T | Promise<T> {
  return (value) => {
    let wait: unknown
    try {
      wait = ours(value)
    } catch (cause) {
      tell(cause)
      return value
    }
    if (!(wait instanceof Promise)) return value
    return wait.then(
      () => value,
      (cause: unknown) => {
        if (isMeant(cause)) throw cause
        tell(cause)
        return value
      }
    )
  }
}

/** The same for what it rejects with, which stays what it was. */
export function passError(ours: (error: unknown) => unknown): (error: unknown) => Promise<never> {
  const told = passOn(ours)
  return async (error) => {
    await told(error)
    throw error
  }
}

/** The same where another error is to stand in for it: what `ours` gives, unless it fails. */
export function insteadOf(
  ours: (error: unknown) => Promise<unknown>
): (error: unknown) => Promise<never> {
  return async (error) => {
    let other = error
    try {
      other = await ours(error)
    } catch (cause) {
      tell(cause)
    }
    throw other
  }
}

/** An outcome of the host's, not before `wait` has settled; what is to be waited for may be no more than that. */
export function notBefore<T>(wait: Promise<void> | undefined, outcome: T): T {
  if (wait === undefined) return outcome
  // Whoever waits hears of it below.
  if (outcome instanceof Promise) outcome.then(undefined, () => undefined)
  const value = () => outcome
  return wait.then(value, (cause: unknown) => {
    if (isMeant(cause)) throw cause
    tell(cause)
    return outcome
  }) as T
}

/** Calls `begin`, which is made by `over`, when `wait` has settled. */
export function startWhen<Args extends unknown[], T>(
  wait: Promise<void>,
  begin: (this: undefined, ...args: Args) => Promise<T>,
  args: Args
): Promise<T> {
  return wait.then(() => begin.apply(undefined, args))
}

/** Runs code of ours whose failing harms nobody: what fails is told, and gives nothing. */
export function quietly<Args extends unknown[], R>(
  ours: (...args: Args) => R
): (...args: Args) => R | undefined {
  return (...args) => {
    try {
      return ours(...args)
    } catch (cause) {
      tell(cause)
      return undefined
    }
  }
}

/** `quietly` for hooks that a framework waits for: gives a promise that is kept. */
export function quietlyAsync<Args extends unknown[]>(
  ours: (...args: Args) => unknown
): (...args: Args) => Promise<void> {
  const run = quietly(ours)
  return (...args) => {
    run(...args)
    return Promise.resolve()
  }
}

/** Waits for nothing: what a promise of ours rejects with is told. */
export function inBackground(work: Promise<unknown>): void {
  work.then(undefined, tell)
}
