import { calledOn, type Passed } from '@slm-audit/core/adapter'

type AnyMethod = (this: unknown, ...args: unknown[]) => unknown

/** How private members look in the text of a function, also where a compiler has made functions of them. */
const PRIVATE = /#[\p{ID_Start}$_]|[cC]lass_?[pP]rivate/u

/**
 * How a method may need what it is called on to be the client itself, and not what stands in for it: it hands that on, where
 * compilers and bundlers keep private members elsewhere, or its text is hidden. To give it back, or to await by it, is no need.
 */
const HANDED =
  /(?<!\breturn\s+|__a(?:sync|waiter)\()\bthis\b(?!\s*(?:\?\.|\.|\[)|[ \t]+\w)|\[native code\]/

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
  const own = Object.values(Object.getOwnPropertyDescriptors(client))
  const isBound = own.some(({ value, enumerable }) => enumerable && BOUND.test(textOf(value)))
  return isBound || classes.some((one) => PRIVATE.test(textOf(one.constructor)) || hasAsking(one))
}

function hasAsking(prototype: object): boolean {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(prototype)
  return Object.values(members).some(
    ({ value, get }) => needsItself(value) || ASKING.test(textOf(get))
  )
}

/** Whether a method of a class is to be called on the client itself. */
function needsItself(method: unknown): boolean {
  const text = textOf(method)
  return PRIVATE.test(text) || HANDED.test(text)
}

/** By its stand-in, the client that it stands for. */
const originals = new WeakMap<object, object>()

/** Notes that `standIn` stands for a client, for which it is given the client's own methods by `originalMethods`. */
export function noteStandIn<T extends object>(standIn: T, original: T): T {
  originals.set(standIn, originals.get(original) ?? original)
  return standIn
}

/** What a stand-in gives for the methods of a subclass: those that need the client itself are called on that. */
export function originalMethods<T extends object>(client: T): Passed<T> {
  const methods = new WeakMap<AnyMethod, AnyMethod>()
  return (key, value) => {
    // What every object has is no method of a subclass.
    if (key === 'constructor' || value === Reflect.get(Object.prototype, key)) return value
    const known = methods.get(value)
    if (known) return known
    // What the application sets is given back as it is, where it can be.
    const isItself = Object.hasOwn(client, key) ? PRIVATE.test(textOf(value)) : needsItself(value)
    const method = isItself ? calledOn(value, (self) => originals.get(Object(self))) : value
    methods.set(value, method)
    return method
  }
}

function textOf(called: unknown): string {
  return typeof called === 'function' ? Function.prototype.toString.call(called) : ''
}
