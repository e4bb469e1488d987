import { isObject, ownMember, setMember } from '../base/json.ts'
import { notJsonIn, toData } from '../base/plain-data.ts'
import type { CallResponse } from '../record/call-facts.ts'
import { typeOfError } from '../record/outcome.ts'
import { Held } from './held.ts'
import { type Ignored, type Leaf, readLeaves } from './leaves.ts'
import { LeafSearch } from './search-leaves.ts'

/** An event of an answer; of one in one piece, its body. */
export interface ToldEvent {
  readonly data: unknown
  readonly name?: string | undefined
}

/**
 * Puts beside an answer, as `rest`, what its events say and the answer does not hold, behind what stood
 * `outside` of them: each text, number and switch stands in the answer or there, or a mark tells why it does
 * not. Whatever a protocol does not understand is kept so, as it came. Never throws.
 */
export function withLeftOver(
  answer: CallResponse,
  events: readonly ToldEvent[],
  outside: readonly unknown[],
  ignored: Ignored
): CallResponse {
  try {
    const { fragments, marks } = leftOver(answer, events, ignored)
    const all = [...outside, ...fragments]
    return {
      ...answer,
      ...(all.length > 0 && { rest: all.length === 1 ? all[0] : all }),
      ...(marks.length > 0 && { altered: [...(answer.altered ?? []), ...marks] })
    }
  } catch (error) {
    const mark = { pointer: '/rest', what: 'unread', reason: typeOfError(error) } as const
    return { ...answer, altered: [...(answer.altered ?? []), mark] }
  }
}

/**
 * The same for an answer that was read in process: `told` are the values that a model, a client or a framework gave, one
 * or all parts of a stream. What of them JSON has no form for is looked for, and kept, as `toData` has it. What stands in
 * `rest` already stays there. Never throws.
 */
export function withRest(
  answer: CallResponse,
  told: readonly unknown[],
  ignored: Ignored = {}
): CallResponse {
  const { rest, ...held } = answer
  const outside = rest === undefined ? [] : [rest]
  const given = asData(told)
  if (given === told) return withLeftOver(answer, told.map(eventOf), outside, ignored)
  const { rest: found, altered } = withLeftOver(
    toData(held) as CallResponse,
    given.map(eventOf),
    outside,
    ignored
  )
  const marks = [...(altered ?? []), ...(found === rest ? [] : [REPLACED])]
  return { ...answer, rest: found, altered: marks }
}

const REPLACED = { pointer: '/rest', what: 'replaced', reason: 'not JSON' } as const

/** Some values, or a copy of them where they hold what is not JSON. */
function asData(told: readonly unknown[]): readonly unknown[] {
  try {
    if (notJsonIn(told) === undefined) return told
  } catch {
    // What cannot be read is left out of the copy, each by itself.
  }
  return toData(told) as readonly unknown[]
}

function eventOf(data: unknown): ToldEvent {
  return { data }
}

function leftOver(answer: CallResponse, events: readonly ToldEvent[], ignored: Ignored) {
  const held = new Held(answer)
  const search = new LeafSearch(held)
  const read = events.map(({ data, name }) => {
    const { leaves, marks } = readLeaves(data, ignored, (value) => held.shares(value))
    for (const mark of marks) search.mark(mark)
    for (const leaf of leaves) search.look(leaf)
    return { data, name, leaves }
  })
  search.finish()
  const fragments = read.flatMap(({ data, name, leaves }) =>
    leaves.some(({ isLost }) => isLost) ? [fragmentOf(data, name, leaves)] : []
  )
  return { fragments, marks: search.marks }
}

/** What is lost of an event; the event as it came, with its name, where that is all of it. */
function fragmentOf(data: unknown, name: string | undefined, leaves: readonly Leaf[]): unknown {
  if (leaves.every(({ isLost }) => isLost)) {
    return name === undefined || (isObject(data) && 'type' in data) ? data : { event: name, data }
  }
  const lost = new Map<object, Set<string>>()
  for (const { holder, name: member, at, isLost } of leaves) {
    if (!isLost || holder === undefined) continue
    const names = lost.get(holder) ?? new Set()
    lost.set(holder, names.add(at ?? member))
  }
  return prune(data, lost)
}

/** By the objects and lists that they are in, the names of lost members. */
type Lost = ReadonlyMap<object, ReadonlySet<string>>

/** What is lost of a value, with the words around it that say what it is; `undefined` where nothing is. */
function prune(value: unknown, lost: Lost): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const own = lost.get(value)
  if (Array.isArray(value)) {
    const items = value.map((item, at) => (own?.has(String(at)) ? item : prune(item, lost)))
    const left = items.filter((item) => item !== undefined)
    return left.length > 0 ? left : undefined
  }
  const left: { [name: string]: unknown } = {}
  let isEmpty = true
  for (const name of TELLING) {
    const told = ownMember(value as { [name: string]: unknown }, name)
    if (typeof told === 'string' || typeof told === 'number') left[name] = told
  }
  for (const [name, member] of Object.entries(value)) {
    const found = own?.has(name) ? member : prune(member, lost)
    if (found === undefined) continue
    setMember(left, name, found)
    isEmpty = false
  }
  return isEmpty ? undefined : left
}

/** Members that say what stands beside them. */
const TELLING = ['type', 'event_type', 'index', 'output_index', 'name'] as const
