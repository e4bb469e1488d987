import { isObject } from '@slm-audit/core'
import { type Fields, keepLast } from './choices-fold.ts'

/** The events of a streamed response, folded into the response that comes in one piece. */
export interface ResponsesFold {
  readonly body: Fields
  /** Items of the output by their index, or by their id where a server does not number them. */
  readonly items: Map<unknown, Fields>
}

/** Members of an item that come in pieces, by the event that brings them. */
const PIECES: { readonly [type: string]: { readonly list?: string; readonly text: string } } = {
  'response.output_text.delta': { list: 'content', text: 'text' },
  'response.refusal.delta': { list: 'content', text: 'refusal' },
  'response.reasoning_text.delta': { list: 'content', text: 'text' },
  'response.reasoning_summary_text.delta': { list: 'summary', text: 'text' },
  'response.function_call_arguments.delta': { text: 'arguments' },
  'response.mcp_call_arguments.delta': { text: 'arguments' },
  'response.custom_tool_call_input.delta': { text: 'input' },
  'response.code_interpreter_call_code.delta': { text: 'code' }
}

/** Starts a fold. */
export function startResponse(): ResponsesFold {
  return { body: {}, items: new Map() }
}

/** Folds one event; events that it does not know do no harm. */
export function stepResponse(fold: ResponsesFold, event: unknown): ResponsesFold {
  if (!isObject(event)) return fold
  const { type } = event
  if (isObject(event.response)) keepLast(fold.body, event.response)
  else if (type === 'error') fold.body.error = isObject(event.error) ? event.error : errorOf(event)
  else if (isObject(event.item)) fold.items.set(keyOf(event, event.item), { ...event.item })
  else stepItem(itemOf(fold, event), event)
  return fold
}

/** The response that the events add up to: the last event has it whole, if it came. */
export function finishResponse({ body, items }: ResponsesFold): Fields {
  const { output } = body
  if (items.size === 0 || (Array.isArray(output) && output.length >= items.size)) return body
  const entries = [...items.entries()]
  if (entries.every(([key]) => typeof key === 'number')) {
    entries.sort(([left], [right]) => Number(left) - Number(right))
  }
  return { ...body, output: entries.map(([, item]) => item) }
}

/** The item that an event continues; one that was never announced starts with it. */
function itemOf({ items }: ResponsesFold, event: Fields): Fields | undefined {
  const key = keyOf(event)
  const known = items.get(key)
  if (known || typeof event.type !== 'string' || !(event.type in PIECES)) return known
  const item = {}
  items.set(key, item)
  return item
}

function keyOf({ output_index: index, item_id: id }: Fields, item?: Fields): unknown {
  return typeof index === 'number' ? index : (id ?? item?.id)
}

function stepItem(item: Fields | undefined, event: Fields): void {
  if (item === undefined) return
  const { type, delta, part } = event
  const isSummary = event.summary_index !== undefined
  if (isObject(part)) setPart(item, isSummary ? 'summary' : 'content', event, { ...part })
  const piece = PIECES[String(type)]
  if (piece === undefined || typeof delta !== 'string') return
  const holder = piece.list === undefined ? item : partOf(item, piece.list, event)
  const before = holder[piece.text]
  holder[piece.text] = typeof before === 'string' ? before + delta : delta
  const { logprobs } = event
  if (!Array.isArray(logprobs) || logprobs.length === 0) return
  holder.logprobs = [...(Array.isArray(holder.logprobs) ? holder.logprobs : []), ...logprobs]
}

function partOf(item: Fields, list: string, event: Fields): Fields {
  const parts = Array.isArray(item[list]) ? (item[list] as readonly unknown[]) : []
  const known = parts[indexOf(event)]
  if (isObject(known)) return known
  const part = {}
  setPart(item, list, event, part)
  return part
}

function setPart(item: Fields, list: string, event: Fields, part: Fields): void {
  const parts = Array.isArray(item[list]) ? [...(item[list] as readonly unknown[])] : []
  parts[Math.min(indexOf(event), parts.length)] = part
  item[list] = parts
}

function indexOf({ content_index, summary_index }: Fields): number {
  const index = summary_index ?? content_index
  return typeof index === 'number' && index >= 0 ? index : 0
}

function errorOf({ code, message, param }: Fields): Fields {
  return { code, message, ...(param !== null && param !== undefined && { param }) }
}
