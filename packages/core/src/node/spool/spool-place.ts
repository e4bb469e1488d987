import { isObject } from '../../base/json.ts'
import { parse, stringify } from '../../base/json-text.ts'

/** A place in a spool: a segment, and an offset in bytes where a frame begins. */
export interface Position {
  readonly segment: number
  readonly offset: number
}

/** A file that keeps the frames of calls that were open when their segments were given up. */
export interface Carry {
  readonly name: string
  /** auditIds of those calls that are open still. */
  readonly calls: readonly string[]
}

/**
 * How far the evidence has come in a spool. It is stored in one transaction with the records that it
 * speaks of, so that whatever dies in between, each frame becomes evidence once.
 */
export interface SpoolPlace {
  /** The frames before it are evidence, but for those of calls that had not ended. */
  readonly at: Position
  /** Where the oldest of those calls begins that is not carried: reading begins here again. */
  readonly from: Position
  readonly carried: readonly Carry[]
  /** The sequence of the last frame before `at`. */
  readonly sequence: number
}

/** Where a spool begins. */
export const SPOOL_START: SpoolPlace = {
  at: { segment: 0, offset: 0 },
  from: { segment: 0, offset: 0 },
  carried: [],
  sequence: 0
}

/** Whether one position is before another. */
export function isBefore(one: Position, other: Position): boolean {
  return one.segment < other.segment || (one.segment === other.segment && one.offset < other.offset)
}

/** The place as text, for a journal to store. */
export function formatPlace({ at, from, carried, sequence }: SpoolPlace): string {
  const pair = ({ segment, offset }: Position) => [segment, offset]
  const list = carried.map(({ name, calls }) => [name, ...calls])
  return stringify({ at: pair(at), from: pair(from), carried: list, sequence })
}

/** Reads what `formatPlace` wrote; the spool's start for anything else, as reading twice does no harm. */
export function parsePlace(text: string | undefined): SpoolPlace {
  try {
    const value: unknown = parse(text ?? '')
    if (!isObject(value) || !Array.isArray(value.carried)) return SPOOL_START
    const carried = value.carried.map(carry)
    const sequence = Number(value.sequence)
    return { at: position(value.at), from: position(value.from), carried, sequence }
  } catch {
    // Nothing was stored yet.
    return SPOOL_START
  }
}

function position(value: unknown): Position {
  const [segment, offset] = Array.isArray(value) ? value : []
  if (!Number.isSafeInteger(segment) || !Number.isSafeInteger(offset))
    throw new TypeError('no place')
  return { segment: Number(segment), offset: Number(offset) }
}

function carry(value: unknown): Carry {
  const [name, ...calls] = Array.isArray(value) ? value.map(String) : []
  if (name === undefined) throw new TypeError('no carry')
  return { name, calls }
}
