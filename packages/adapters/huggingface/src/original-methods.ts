import { calledOn, type Passed } from '@slm-audit/core/adapter'

type AnyMethod = (this: unknown, ...args: unknown[]) => unknown

/** How private members look in the text of a function, also where a compiler has made functions of them. */
const PRIVATE = /#[\p{ID_Start}$_]|[cC]lass_?[pP]rivate/u

/** How a function asks by what it was made in, and not by what it is called on. */
const BOUND = /=>[\s\S]*\bthis\b|\[native code\]/

/** How a getter, which is given the client itself, asks by that or hands it on: it does more than read its members. */
const ASKING = /=>[\s\S]*\bthis\b|\bthis\b(?!\s*(?:\?\.|\.|\[))|\bthis\s*\??\.\s*[\w$]+\s*\(/u

/**
 * Whether what a subclass adds asks by the client itself, whatever stands in for it: private members are nobody else's,
 * functions made in a constructor are bound to it, and so is what getters make. `classes` are the subclass and those that it
 * inherits from.
 */
export function asksByItself(client: object, classes: readonly object[]): boolean {
  const own = Object.entries(Object.getOwnPropertyDescriptors(client))
  const isBound = own.some(
    ([, { value, enumerable }]) =>
      enumerable && typeof value === 'function' && BOUND.test(textOf(value as AnyMethod))
  )
  return isBound || classes.some((one) => PRIVATE.test(textOf(one.constructor)) || hasAsking(one))
}

function hasAsking(prototype: object): boolean {
  const members = Object.values(Object.getOwnPropertyDescriptors(prototype))
  return members.some(({ get }) => get !== undefined && ASKING.test(textOf(get)))
}

/** By its stand-in, the client that it stands for. */
const originals = new WeakMap<object, object>()

/** Notes that `standIn` stands for a client, for which it is given the client's own methods by `originalMethods`. */
export function noteStandIn<T extends object>(standIn: T, original: T): T {
  originals.set(standIn, originals.get(original) ?? original)
  return standIn
}

/** What stand-ins give for the methods of a subclass: those that use private members are called on the original. */
export function originalMethods<T>(): Passed<T> {
  const methods = new WeakMap<AnyMethod, AnyMethod>()
  return (key, value) => {
    if (key === 'constructor' || !PRIVATE.test(textOf(value))) return value
    const known = methods.get(value)
    if (known) return known
    const method = calledOn(value, (self) => originals.get(Object(self)))
    methods.set(value, method)
    return method
  }
}

function textOf(called: unknown): string {
  return typeof called === 'function' ? Function.prototype.toString.call(called) : ''
}
