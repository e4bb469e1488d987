/** A member as an object has it itself, or inherits it; `undefined` where there is none. */
export function descriptorOf(target: object, name: PropertyKey): PropertyDescriptor | undefined {
  for (let at: object | null = target; at; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertyDescriptor(at, name)
    if (found) return found
  }
  return undefined
}
