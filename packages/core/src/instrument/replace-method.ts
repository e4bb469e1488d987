import { overMade } from '../base/host-first.ts'
import { define } from '../streams/tap-iterator.ts'

/** A method whose arguments and result are passed on unseen. */
export type AnyMethod = (this: unknown, ...args: unknown[]) => unknown

/**
 * Puts a method over one object's own or inherited one, as invisible to enumeration as a method of
 * a class. An object without such a method, as of an older version of a client, is left alone.
 *
 * What fails in the method is told, and the call goes on as it would without. Throws TypeError when the object is frozen.
 */
export function replaceMethod(
  target: object,
  name: string,
  make: (original: AnyMethod) => AnyMethod
): void {
  const original: unknown = Reflect.get(target, name)
  if (typeof original !== 'function') return
  define(target, { [name]: overMade(original as AnyMethod, make) })
}
