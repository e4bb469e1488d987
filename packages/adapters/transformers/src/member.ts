/** A member of an object or function of unknown shape. */
export function member(target: unknown, name: PropertyKey): unknown {
  const has = (typeof target === 'object' && target !== null) || typeof target === 'function'
  return has ? Reflect.get(target as object, name) : undefined
}

/** The first of several members that is there at all, `null` included. */
export function firstMember(targets: readonly unknown[], name: PropertyKey): unknown {
  for (const target of targets) {
    const value = member(target, name)
    if (value !== undefined) return value
  }
  return undefined
}

/** A copy of an object, with its prototype, some of whose members are others. */
export function withMembers(target: object, members: { readonly [name: string]: unknown }): object {
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(target)
  for (const [name, value] of Object.entries(members)) {
    descriptors[name] = { value, enumerable: true, configurable: true, writable: true }
  }
  return Object.create(Object.getPrototypeOf(target), descriptors)
}
