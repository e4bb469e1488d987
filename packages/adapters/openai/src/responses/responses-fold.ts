import { growList, isObject, laterState } from '@slm-audit/core/adapter'
import type { Fields } from '../choices-fold.ts'
import { joinSound } from '../join-sound.ts'
import { LooseSound } from './loose-sound.ts'
import { partOf, setPart } from './response-parts.ts'
import { stepShell } from './shell-pieces.ts'

/** The events of a streamed response, folded into the response that comes in one piece. */
export interface ResponsesFold {
  readonly body: Fields
  readonly items: Item[]
  /** The last item of a number, and of an id. */
  readonly numbered: Map<number, Item>
  readonly named: Map<unknown, Item>
  readonly sound: LooseSound
}

/** An item of the output, by its place and its id: servers give one of them, both, or ids that change. */
interface Item {
  readonly index: number | undefined
  readonly id: unknown
  fields: Fields
  /** Whether it was told whole: what is added at its place then is another one. */
  isDone: boolean
}

/** Members of an item that come in pieces and then whole, by the event that brings them. */
const PIECES: { readonly [type: string]: { readonly list?: string; readonly text: string } } = {
  'response.output_text': { list: 'content', text: 'text' },
  'response.refusal': { list: 'content', text: 'refusal' },
  'response.reasoning_text': { list: 'content', text: 'text' },
  'response.reasoning_summary_text': { list: 'summary', text: 'text' },
  'response.function_call_arguments': { text: 'arguments' },
  'response.mcp_call_arguments': { text: 'arguments' },
  'response.custom_tool_call_input': { text: 'input' },
  'response.code_interpreter_call_code': { text: 'code' },
  'response.audio.transcript': { list: 'content', text: 'transcript' },
  // Realtime sessions, which have older names, too.
  'response.text': { list: 'content', text: 'text' },
  'response.audio_transcript': { list: 'content', text: 'transcript' },
  'response.output_audio_transcript': { list: 'content', text: 'transcript' },
  'response.audio': { list: 'content', text: 'audio' },
  'response.output_audio': { list: 'content', text: 'audio' }
}

/** Starts a fold. */
export function startResponse(): ResponsesFold {
  return { body: {}, items: [], numbered: new Map(), named: new Map(), sound: new LooseSound() }
}

/** Folds one event; events that it does not know do no harm. */
export function stepResponse(fold: ResponsesFold, event: unknown): ResponsesFold {
  if (!isObject(event)) return fold
  const { type, response, item } = event
  if (isObject(response)) Object.assign(fold.body, laterState(fold.body, response))
  else if (type === undefined && event.error) fold.body.error = event.error
  else if (type === 'error') fold.body.error = isObject(event.error) ? event.error : errorOf(event)
  else if (isObject(item)) {
    const known = itemOf(fold, event, item.id, type === 'response.output_item.added')
    known.fields = laterState(known.fields, item) as Fields
    fold.named.set(idOf(known), known)
    known.isDone = type === 'response.output_item.done'
  } else if (!fold.sound.step(event)) stepItem(fold, event)
  return fold
}

/** The response that the events add up to: the last event has it whole, if it came. */
export function finishResponse(fold: ResponsesFold): Fields {
  const body = withItems(fold)
  const whole: readonly unknown[] = Array.isArray(body.output) ? body.output : []
  const output = fold.sound.within(whole)
  return output === whole ? body : { ...body, output }
}

function withItems({ body, items }: ResponsesFold): Fields {
  const ordered = items
    .toSorted((left, right) => (left.index ?? 0) - (right.index ?? 0))
    .map((item) => ({ ...item, fields: withSounds(item.fields) }))
  if (ordered.length === 0) return body
  const whole: readonly unknown[] = Array.isArray(body.output) ? body.output : []
  const left = new Set(ordered)
  const numbered = Map.groupBy(ordered, ({ index }) => index)
  const named = new Map([...Map.groupBy(ordered, idOf)].map(([id, some]) => [id, some.values()]))
  const output = whole.map((item, at) => {
    if (!isObject(item)) return item
    const sameId = item.id === undefined ? undefined : named.get(item.id)
    const known = nextOf(sameId, left) ?? placedAs(item, numbered.get(at) ?? [], left)
    if (known === undefined) return item
    left.delete(known)
    // How far it was is told by the whole item, if by anything.
    const { status: _before, ...fields } = known.fields
    return laterState(fields, item)
  })
  return { ...body, output: [...output, ...[...left].map(({ fields }) => fields)] }
}

/** The next of some items that is left; those before it are not looked at again. */
function nextOf(
  some: IterableIterator<Item> | undefined,
  left: ReadonlySet<Item>
): Item | undefined {
  for (const each of some ?? []) if (left.has(each)) return each
  return undefined
}

/** Which of the items of its place, that are left, an item of the whole output is: of its id, or else of its type. */
function placedAs(item: Fields, some: readonly Item[], left: ReadonlySet<Item>): Item | undefined {
  const fitting = some.filter(
    (each) => left.has(each) && [undefined, item.type].includes(each.fields.type)
  )
  return fitting.find((each) => idOf(each) === item.id) ?? fitting[0]
}

function idOf({ fields, id = fields.id }: Item): unknown {
  return id
}

/** The item that an event continues; one that was never announced starts with it. */
function itemOf(
  { items, numbered, named }: ResponsesFold,
  event: Fields,
  id = event.item_id,
  isAdded = false
): Item {
  const index = typeof event.output_index === 'number' ? event.output_index : undefined
  const known =
    index !== undefined ? numbered.get(index) : id === undefined ? items.at(-1) : named.get(id)
  const isNext = isAdded && known?.isDone && idOf(known) !== id
  if (known && !isNext) return known
  const item: Item = { index, id, fields: {}, isDone: false }
  items.push(item)
  if (index !== undefined) numbered.set(index, item)
  if (id !== undefined) named.set(id, item)
  return item
}

function stepItem(fold: ResponsesFold, event: Fields): void {
  const { part, annotation } = event
  const [, kind = '', way] = /^(.+)\.(delta|done)$/.exec(String(event.type)) ?? []
  const piece = Object.hasOwn(PIECES, kind) ? PIECES[kind] : undefined
  if (isObject(part)) {
    const list = event.summary_index === undefined ? 'content' : 'summary'
    setPart(itemOf(fold, event).fields, list, event, part)
  } else if (isObject(annotation)) {
    const holder = partOf(itemOf(fold, event).fields, 'content', event)
    growList(holder, 'annotations', [annotation])
  } else if (event.command_index !== undefined) stepShell(itemOf(fold, event).fields, event)
  else if (piece) {
    const { fields } = itemOf(fold, event)
    const holder = piece.list === undefined ? fields : partOf(fields, piece.list, event)
    if (way === 'delta') addPiece(holder, piece.text, event)
    else holder[piece.text] = laterState(holder[piece.text], event[piece.text])
  }
}

function addPiece(holder: Fields, name: string, { delta, logprobs }: Fields): void {
  if (typeof delta !== 'string') return
  if (name === 'audio') {
    growList(holder, name, [delta])
    return
  }
  const before = holder[name]
  holder[name] = typeof before === 'string' ? before + delta : delta
  if (!Array.isArray(logprobs) || logprobs.length === 0) return
  growList(holder, 'logprobs', logprobs)
}

/** Sounds come in pieces. */
function withSounds(fields: Fields): Fields {
  if (!Array.isArray(fields.content)) return fields
  const content = fields.content.map((part: unknown) =>
    isObject(part) && Array.isArray(part.audio) ? { ...part, audio: joinSound(part.audio) } : part
  )
  return { ...fields, content }
}

function errorOf({ code, message, param }: Fields): Fields {
  return { code, message, ...(param !== null && param !== undefined && { param }) }
}
