/**
 * Functions that stand where the host calls its own. They are as far from failing as those in `host-first.ts`, and run
 * nothing of ours that is not under its guard.
 */
import { type Host, isMeant, over, quietly, tell } from './host-first.ts'

/**
 * A function that calls a method of the host's on its owner, as it is then: what is put in its place later is called. It is
 * given no more than `most` arguments.
 */
export function methodOf<Name extends string, Args extends unknown[], R>(
  owner: { readonly [N in Name]: (...args: Args) => R },
  name: Name,
  most = Number.POSITIVE_INFINITY
): (...args: Args) => R {
  return (...args) => owner[name](...(args.slice(0, most) as Args))
}

/** `over` for what is given the function of the host's later, as middleware is. */
export function overNext<Args extends unknown[], R>(
  ours: (host: Host<Args, R>, ...args: Args) => R
): (next: (...args: Args) => R) => (...args: Args) => R {
  return (next) => over<unknown, Args, R>(next, ours, 'nothing')
}

/**
 * A method whose options have a function of the host's, `name`, to be run once. `ours` is given what runs it, and may fail at
 * any time: the application meets what its function came to. An AuditError that `ours` rejects with is the host's.
 */
export function overOption<Options extends object, R>(
  name: keyof Options,
  ours: (host: () => Promise<R>, options: Options) => Promise<R>
): (options: Options) => Promise<R> {
  return async (options) => {
    let begun: Promise<R> | undefined
    const host = () => {
      begun ??= new Promise<R>((resolve) => resolve((options[name] as () => PromiseLike<R>)()))
      return begun
    }
    try {
      return await ours(host, options)
    } catch (thrown) {
      if (isMeant(thrown)) throw thrown
      let met = begun
      const isHosts = await met?.then(
        () => false,
        (error: unknown) => error === thrown
      )
      if (!isHosts) tell(thrown)
      met ??= host()
      return met
    }
  }
}

/** A stream that gives what a reader reads, when it is asked for it. */
export function streamBy<T>(reader: ReadableStreamDefaultReader<T>): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason)
    },
    { highWaterMark: 0 }
  )
}

/** How an object stands in for one of the host's. */
export interface Standing<T> {
  /** What is given for a member, whose value the original has. */
  given(key: PropertyKey, value: unknown): unknown
  /** The object that is shown, brought to what the original is by now. */
  shown(): T
}

/**
 * An object that passes for `original`, on which members are read, set and removed; `ours` says what is given for them. Where
 * that fails, the original's own are. `copy` is what is shown of it as a whole.
 */
export function passFor<T extends object>(original: T, copy: T, ours: Standing<T>): T {
  const given = quietly((key: PropertyKey, value: unknown) => ({ value: ours.given(key, value) }))
  const shown = quietly(() => ours.shown())
  const passed: T = new Proxy(copy, {
    get(_, key, receiver) {
      // What never changes has to be given as it is.
      const fixed = Object.getOwnPropertyDescriptor(copy, key)
      if (fixed?.configurable === false && fixed.writable === false) return fixed.value
      const value: unknown = Reflect.get(original, key, of(receiver))
      const laid = given(key, value)
      return laid ? laid.value : value
    },
    set: (_, key, value, receiver) => Reflect.set(original, key, value, of(receiver)),
    has: (_, key) => Reflect.has(original, key),
    // What is removed may not stay in what cannot be extended any more.
    deleteProperty: (_, key) =>
      Reflect.deleteProperty(original, key) && Reflect.deleteProperty(copy, key),
    ownKeys: () => Reflect.ownKeys(shown() ?? copy),
    getOwnPropertyDescriptor: (_, key) => Object.getOwnPropertyDescriptor(shown() ?? copy, key),
    defineProperty: (_, key, member) =>
      Reflect.defineProperty(original, key, member) &&
      (member.configurable !== false || Reflect.defineProperty(shown() ?? copy, key, member)),
    preventExtensions: () =>
      Reflect.preventExtensions(original) && Reflect.preventExtensions(shown() ?? copy)
  })
  // What inherits from it has members of its own.
  const of = (receiver: unknown) => (receiver === passed ? original : receiver)
  return passed
}

/** A method that is called on what `owner` gives for what it is called on; what gives itself gives that. */
export function calledOn<M extends (this: unknown, ...args: unknown[]) => unknown>(
  method: M,
  owner: (self: unknown) => unknown
): M {
  const find = quietly(owner)
  return new Proxy(method, {
    apply(_, self: unknown, args: unknown[]) {
      const on = find(self) ?? self
      const made = method.apply(on, args)
      return made === on ? self : made
    }
  })
}
