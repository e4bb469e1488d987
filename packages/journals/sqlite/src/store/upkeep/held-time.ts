import type { Database } from '../../driver/database.ts'

const held = new WeakMap<Database, number>()

/** Notes that others could not write a database since a moment of `performance.now()`. */
export function heldFrom(database: Database, began: number): void {
  held.set(database, (held.get(database) ?? 0) + performance.now() - began)
}

/** How long others could not write a database since this was asked last, in milliseconds. */
export function takeHeldTime(database: Database): number {
  const ms = held.get(database) ?? 0
  held.delete(database)
  return ms
}
