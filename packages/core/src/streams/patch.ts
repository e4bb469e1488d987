/** Notes on objects that were made elsewhere, unseen by whoever holds them. */
export interface Notes<T> {
  get(target: object): T | undefined
  set(target: object, note: T): void
}

/**
 * Notes as private members, which cost an object a fiftieth of what an entry in a WeakMap does. An
 * object that cannot be extended must not be noted.
 */
export function newNotes<T>(): Notes<T> {
  class Noted extends Given {
    #note: T
    constructor(target: object, note: T) {
      super(target)
      this.#note = note
    }
    static get(target: object): T | undefined {
      return #note in target ? target.#note : undefined
    }
    static set(target: object, note: T): void {
      if (#note in target) target.#note = note
      else new Noted(target, note)
    }
  }
  return Noted
}

/** A class whose "new" object is the one that it is given, so that subclasses add to that one. */
class Given {
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: what the class is for
    return target
  }
}

/**
 * A way to put methods over those of an object's class, in place. One prototype serves all objects
 * of a class, which costs an object less than properties of its own would.
 */
export function newOverlay<N extends object>(
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

/** A method of a class, for `newOverlay`. */
export function method(value: unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true }
}

/** The members that `target` has, too: what it lacks, as older classes do `bytes`, applications look for. */
export function present<T>(
  target: object,
  members: { readonly [name: string]: T }
): { [name: string]: T } {
  return Object.fromEntries(Object.entries(members).filter(([name]) => name in target))
}
