import { heirless } from '../base/json-text.ts'

/** Attaches a private value to objects that we did not create; whoever holds them cannot see it. */
export interface PrivateSlot<T> {
  get(target: object): T | undefined
  set(target: object, value: T): void
}

/**
 * Keeps the values in private members, which cost an object a fiftieth of an entry in a WeakMap. An
 * object that cannot be extended must not get one.
 */
export function createPrivateSlot<T>(): PrivateSlot<T> {
  class Slot extends ReturnsTarget {
    #value: T
    constructor(target: object, value: T) {
      super(target)
      this.#value = value
    }
    static get(target: object): T | undefined {
      return #value in target ? target.#value : undefined
    }
    static set(target: object, value: T): void {
      if (#value in target) target.#value = value
      else new Slot(target, value)
    }
  }
  return Slot
}

/** Its constructor returns the object that it is given, so that a subclass adds private members to that one. */
class ReturnsTarget {
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: what the class is for
    return target
  }
}

/**
 * Overrides methods of an object in place. All objects of a class share one prototype, which costs an
 * object less than properties of its own would.
 */
export function createOverlay<N extends object>(
  methodsOver: (native: N) => PropertyDescriptorMap
): (target: N) => void {
  const made = new WeakMap<object, object>()
  return (target) => {
    const native = Object.getPrototypeOf(target) as N
    let overlay = made.get(native)
    if (overlay === undefined) {
      overlay = Object.create(native, methodsOver(native)) as object
      made.set(native, overlay)
    }
    Object.setPrototypeOf(target, overlay)
  }
}

/** A method of a class, for `createOverlay`. */
export function method(value: unknown): PropertyDescriptor {
  return heirless({ value, configurable: true, writable: true })
}

/** The members that `target` has, too: what it lacks, as older classes do `bytes`, applications look for. */
export function present<T>(
  target: object,
  members: { readonly [name: string]: T }
): { [name: string]: T } {
  return Object.fromEntries(Object.entries(members).filter(([name]) => name in target))
}
