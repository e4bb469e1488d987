import { isObject } from '../base/json.ts'
import { toJsonOf } from '../base/json-text.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { isSpelled } from '../protocol/readers/read-logprobs.ts'
import type { Alteration } from '../record/record.ts'

/** What a protocol says of members that are in its events and in no answer. */
export type Ignored = Pick<Protocol, 'structure' | 'leavesOut'>

/** A text, a number or a switch of an event. */
export interface Leaf {
  readonly value: string | number | boolean
  /** The name of the member that it is, or that has the list it is in. */
  readonly name: string
  /** The names that lead to it, without places in lists. */
  readonly place: string
  /** What tells pieces of one place apart: the numbers of choices, blocks and items. */
  readonly group: string
  /** The object or list that it is in; `undefined` where it is the event itself. */
  readonly holder: object | undefined
  /** Its place in `holder`, where that is a list. */
  readonly at: string | undefined
  /** Set where no answer holds it. */
  isLost: boolean
}

/** A leaf that is a text. */
export type TextLeaf = Leaf & { readonly value: string }

/** Members that only say how events and items follow each other, and of which kind they are. */
const STRUCTURE = /^(type|object|event_type|sequence_number)$|(^|_)index$|Index$/

/** Members by which pieces are told apart. */
const NUMBERS = /(^|_)index$|Index$|^item_id$/

interface Walk {
  readonly ignored: Ignored
  readonly isShared: (value: object) => boolean
  readonly leaves: Leaf[]
  readonly marks: Alteration[]
}

/** The leaves of an event but for those in what `isShared`, and marks for what its protocol leaves out. */
export function readLeaves(
  event: unknown,
  ignored: Ignored,
  isShared: (value: object) => boolean
): { readonly leaves: readonly Leaf[]; readonly marks: readonly Alteration[] } {
  const walk: Walk = { ignored, isShared, leaves: [], marks: [] }
  visit(walk, event, { name: '', place: '', group: '', holder: undefined, at: undefined })
  return walk
}

type Where = Omit<Leaf, 'value' | 'isLost'>

function visit(walk: Walk, value: unknown, where: Where): void {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    if (value !== '') walk.leaves.push({ ...where, value, isLost: false })
  } else if (typeof value === 'object' && value !== null && !walk.isShared(value)) {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      // Not looked into: what is left over has them whole.
      walk.leaves.push({ ...where, value: `[${value.byteLength} bytes]`, isLost: false })
    } else if (Array.isArray(value)) visitItems(walk, value, where)
    else {
      // A value such as a date has no members but a form in JSON.
      const toJson = Object.keys(value).length === 0 ? toJsonOf(value) : undefined
      if (toJson) visit(walk, toJson(), where)
      else visitMembers(walk, value, where)
    }
  }
}

function visitItems(walk: Walk, items: readonly unknown[], where: Where): void {
  const { name, place, group } = where
  items.forEach((item, at) => {
    const isTold = isObject(item) && (hasNumber(item) || isTextBlock(item))
    const inner = isTold ? group : `${group}/${at}`
    visit(walk, item, { name, place, group: inner, holder: items, at: String(at) })
  })
}

function visitMembers(walk: Walk, value: object, where: Where): void {
  const { structure, leavesOut } = walk.ignored
  const group = `${where.group}${numbersOf(value)}`
  for (const [name, member] of Object.entries(value)) {
    if (STRUCTURE.test(name) && typeof member !== 'object') continue
    const place = `${where.place}/${name}`
    if (structure?.includes(place)) continue
    const reason = leavesOut?.[place]
    if (reason !== undefined) {
      walk.marks.push({ pointer: `/rest${place}`, what: 'unread', reason })
    } else if (name === 'bytes' && isSpelling(value, member)) walk.marks.push(SPELLED)
    else {
      // Words come as texts and as blocks in turn.
      const inner = name === 'text' && isTextBlock(value) ? where.place : place
      visit(walk, member, { name, place: inner, group, holder: value, at: undefined })
    }
  }
}

function isTextBlock(value: object): boolean {
  return 'type' in value && value.type === 'text'
}

const SPELLED: Alteration = {
  pointer: '/logprobs',
  what: 'unread',
  reason: 'bytes that spell the token'
}

function isSpelling(value: object, bytes: unknown): boolean {
  const { token } = value as { readonly token?: unknown }
  return typeof token === 'string' && Array.isArray(bytes) && isSpelled(token, bytes)
}

function hasNumber(value: object): boolean {
  return Object.keys(value).some((name) => NUMBERS.test(name))
}

function numbersOf(value: object): string {
  let numbers = ''
  for (const [name, member] of Object.entries(value)) {
    if (NUMBERS.test(name) && typeof member !== 'object') numbers += `/${name}=${String(member)}`
  }
  return numbers
}
