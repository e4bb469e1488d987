/**
 * JSON as the language reads and writes it, whatever the application has put in its place since this module was
 * evaluated, and whatever stands on the prototypes that all objects share.
 */

const { parse: read, stringify: write } = JSON
const SHARED = Object.prototype
const LISTS = Array.prototype

/** What the language puts on `Object.prototype`; runtimes such as Deno leave `__proto__` out. */
const STANDARD: ReadonlySet<PropertyKey> = new Set([
  ...['constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString'],
  ...['toString', 'valueOf', '__proto__', '__defineGetter__', '__defineSetter__'],
  ...['__lookupGetter__', '__lookupSetter__']
])

/**
 * JSON text of a value, as `JSON.stringify` gives it. A `toJSON` that all objects or all lists have is not asked: it is
 * none of the value's own.
 */
export function stringify(value: unknown): string {
  return write('toJSON' in LISTS ? shielded(value, []) : value)
}

/**
 * The value of a JSON text, as `JSON.parse` gives it. Where all objects have members that are not the language's, those of
 * the value inherit nothing, so that what the text does not say is not there. Throws SyntaxError.
 */
export function parse(text: string, reviver?: Reviver): unknown {
  return parserNow()(text, reviver)
}

/** `parse` for texts that are read one after another at once: looking at what all objects have takes half as long as reading a short one. */
export function parserNow(): typeof parse {
  return isPolluted() ? parseAlone : read
}

type Reviver = (key: string, value: unknown) => unknown

function parseAlone(text: string, reviver?: Reviver): unknown {
  return read(text, (key, value: unknown) => heirless(reviver ? reviver(key, value) : value))
}

/** An object that was just made: from now on it has no members but its own, whatever all objects are given. */
export function heirless<T>(made: T): T {
  const isPlain = typeof made === 'object' && made !== null && !Array.isArray(made)
  return isPlain ? Object.setPrototypeOf(made, null) : made
}

/** What an object says itself: the object, or a copy where all objects have members that are not the language's. */
export function ownMembers<T extends object>(given: T): T {
  return isPolluted() ? heirless({ ...given }) : given
}

/** The `toJSON` of a value, unless it is one that all objects or all lists have. */
export function toJsonOf(value: object): (() => unknown) | undefined {
  if (!('toJSON' in value) || typeof value.toJSON !== 'function') return undefined
  const { toJSON } = value
  const isShared = [LISTS, SHARED].some((all) => Reflect.get(all, 'toJSON') === toJSON)
  return isShared ? undefined : () => toJSON.call(value) as unknown
}

/** Whether all objects have members that are not the language's, which whoever changed them can have given any name. */
function isPolluted(): boolean {
  return Reflect.ownKeys(SHARED).some((name) => !STANDARD.has(name))
}

/** A copy of a value whose objects and lists have no `toJSON` but their own. */
function shielded(value: unknown, above: readonly object[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (above.includes(value)) throw new TypeError('a value that has itself in it has no JSON')
  const within = [...above, value]
  const own = toJsonOf(value)
  if (own) return shielded(own(), within)
  if (Array.isArray(value)) {
    const items = value.map((item) => shielded(item, within))
    return Object.defineProperty(items, 'toJSON', heirless({ value: undefined }))
  }
  const names = Object.keys(value)
  const members = names.map((name) => [name, shielded(Reflect.get(value, name), within)])
  return heirless(Object.fromEntries(members))
}
