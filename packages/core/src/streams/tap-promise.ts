import { isPromiseLike, withResolvers } from '../base/promises.ts'
import { present } from './patch.ts'
import { define } from './tap-iterator.ts'

/** What an outcome becomes on its way to whoever waits for it. */
export interface Outcomes<V> {
  onResolved(value: V): V | Promise<V>
  onRejected(error: unknown): Promise<never>
}

/**
 * A promise whose outcome goes through `outcomes` before anybody else has it. For a plain promise
 * that is another plain one. One of a class of its own, which may have more to give than its
 * outcome, is the same object, watched in place: what is asked of it by `then`, `catch` and `finally`
 * tells, once. What is asked past them does not; `watch` is given an object that is garbage once nobody can
 * ask by the three methods any more.
 */
export function tapPromise<V>(
  promise: PromiseLike<V>,
  { onResolved, onRejected }: Outcomes<V>,
  watch: (asker: object) => void
): PromiseLike<V> {
  if (isPlain(promise) || !Object.isExtensible(promise)) return promise.then(onResolved, onRejected)
  const { then } = promise
  // Held by whoever waits for the outcome, too: the promise itself may be garbage by then.
  const asker = { isOver: false }
  const isFirst = () => {
    const { isOver } = asker
    asker.isOver = true
    return !isOver
  }
  const outcome = (): PromiseLike<V> => {
    const own = withResolvers<V>()
    own.promise.catch(() => undefined)
    const pass = <T extends V | Promise<V>>(told: T): T => {
      own.resolve(told)
      return told
    }
    const chained: unknown = then.call(
      promise,
      (value) => pass(isFirst() ? onResolved(value as V) : (value as V)),
      (error) => pass(isFirst() ? onRejected(error) : Promise.reject(error))
    )
    // The `then` of some classes returns nothing.
    return isPromiseLike(chained) ? (chained as PromiseLike<V>) : own.promise
  }
  const methods: Partial<Promise<V>> = {
    // biome-ignore lint/suspicious/noThenProperty: laid over that of a promise
    then: (done, refused) => outcome().then(done, refused) as Promise<never>,
    catch: (refused) => outcome().then(undefined, refused) as Promise<never>,
    finally: (run) => Promise.resolve(outcome()).finally(run)
  }
  define(promise, present(promise, methods))
  watch(asker)
  return promise
}

/** Whether a value is a promise of the language, of any realm, and of no class derived from it. */
function isPlain(promise: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(promise)
  const above: unknown = prototype && Object.getPrototypeOf(prototype)
  const isBase = above !== null && Object.getPrototypeOf(above) === null
  return isBase && (prototype as object).constructor.name === 'Promise'
}
