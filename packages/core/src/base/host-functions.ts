/**
 * Functions that stand where the host calls its own. They are as far from failing as those in `host-first.ts`, and run
 * nothing of ours that is not under its guard.
 */
import { type Host, isMeant, over, tell } from './host-first.ts'

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
