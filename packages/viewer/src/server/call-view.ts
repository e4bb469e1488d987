import { AuditError } from '@slm-audit/core/journal'
import { type AuditedCall, asChat, type Reader } from '@slm-audit/core/reader'
import { shorten } from './shorten.ts'

/** A call as the page gets it. */
export interface CallView extends Omit<AuditedCall, 'contents'> {
  /** Contents by name: conversations as messages, bytes as their length, long texts cut. */
  readonly contents: { readonly [name: string]: unknown }
  /** UTF-16 code units that were cut off, by content. */
  readonly cut: { readonly [name: string]: number }
  /** The newest calls of the same session, in order, and where this one stands among them; absent where it does not. */
  readonly neighbours?: { readonly place: number; readonly ids: readonly number[] }
}

/** Contents that are conversations, or answers of one. */
const CHATS = ['input', 'output']

/** Calls of a session that the page can step through. */
const MOST_NEIGHBOURS = 1_000

/** The call that an id or a number names. Rejects with AuditError `not_found`. */
export async function readCall(reader: Reader, id: string): Promise<CallView> {
  const call = await callOf(reader, id)
  const contents: { [name: string]: unknown } = {}
  const cut: { [name: string]: number } = {}
  for (const [name, value] of Object.entries(call.contents)) {
    const shown = CHATS.includes(name) ? asChat(value) : value
    const shortened = shorten(shown)
    contents[name] = shortened.value
    if (shortened.cut > 0) cut[name] = shortened.cut
  }
  const neighbours = await neighboursOf(reader, call)
  return { ...call, contents, cut, ...(neighbours && { neighbours }) }
}

/** The call that an id or a number names. Rejects with AuditError `not_found`. */
export async function callOf(reader: Reader, id: string): Promise<AuditedCall> {
  const call = await reader.get(id)
  if (call) return call
  throw new AuditError('not_found', `there is no call ${JSON.stringify(id)}`)
}

async function neighboursOf(reader: Reader, { record, indices }: AuditedCall) {
  const session = record.context?.session
  if (session === undefined) return undefined
  const { items } = await reader.query({ session }, { limit: MOST_NEIGHBOURS })
  const ids = items.map(({ index }) => index).reverse()
  const place = ids.indexOf(indices[0] ?? -1)
  return place < 0 ? undefined : { place, ids }
}
