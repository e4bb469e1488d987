/**
 * An object that passes for `original` and has `members` in place of its own. All else is read from `original` and set
 * there; its `methods` are called on it, because private members are nobody else's. `original` itself stays as it is, also
 * where it is frozen.
 */
export function standInFor<T extends object>(
  original: T,
  members: { readonly [name: string]: unknown },
  methods: readonly string[]
): T {
  const read = (key: PropertyKey): unknown => {
    if (typeof key === 'string' && Object.hasOwn(members, key)) return members[key]
    const value: unknown = Reflect.get(original, key)
    const isMethod = typeof value === 'function' && methods.some((name) => name === key)
    return isMethod ? value.bind(original) : value
  }
  return new Proxy(looseCopy(original), {
    get: (_, key) => read(key),
    set: (_, key, value) => Reflect.set(original, key, value)
  })
}

/** What a proxy stands for may not promise members that never change, which the proxy would have to give. */
function looseCopy<T extends object>(original: T): T {
  const prototype = Object.getPrototypeOf(original) as object | null
  const copy = Object.create(prototype) as T
  for (const key of Reflect.ownKeys(original)) {
    const member = Object.getOwnPropertyDescriptor(original, key)
    Object.defineProperty(copy, key, { ...member, configurable: true })
  }
  return copy
}
