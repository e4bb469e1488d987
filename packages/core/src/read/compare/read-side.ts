import { textOf } from '../../protocol/readers/text-of.ts'
import { numberOf, tagsOf, textsOf } from '../filter/field-values.ts'
import type { FilterTree } from '../filter/tree.ts'
import type { AuditedCall, Reader } from '../reader.ts'
import { messagesIn, type ShownMessage } from '../session/new-messages.ts'
import type { ComparedCall, PairedBy } from './comparison.ts'

/** A call with what it is compared by. */
export interface SideCall extends ComparedCall {
  /** What it is paired by: without differences of white space and Unicode form. */
  readonly key: string
  /** What was asked last. */
  readonly question: string
  readonly durationMs: number | undefined
  readonly firstChunkMs: number | undefined
  readonly outputTokens: number | undefined
  readonly confidence: number | undefined
  readonly isError: boolean
  readonly isFiltered: boolean
  readonly isCut: boolean
  /** Tools that it asks for. */
  readonly tools: readonly string[]
}

const PAGE = 500

/** Which calls of a side are read. */
export interface SideRequest {
  readonly filter: FilterTree
  /** How many are looked at, the newest ones. */
  readonly limit: number
  readonly pairBy: PairedBy
  readonly onCall: () => void
  readonly isMeant: (record: AuditedCall['record']) => boolean
}

/** Of the newest calls of a side those that are meant, have ended and have what they are paired by, newest first. */
export async function readSide(
  reader: Pick<Reader, 'query' | 'get'>,
  { filter, limit, pairBy, onCall, isMeant }: SideRequest
): Promise<SideCall[]> {
  const calls: SideCall[] = []
  let cursor: string | undefined
  let seen = 0
  do {
    const at = cursor === undefined ? {} : { cursor }
    const page = await reader.query(filter, {
      limit: Math.min(PAGE, limit - seen),
      complete: true,
      ...at
    })
    for (const { auditId } of page.items) {
      const call = await reader.get(auditId)
      const side = call && isMeant(call.record) ? sideCall(call, pairBy) : undefined
      if (side) calls.push(side)
      onCall()
    }
    seen += page.items.length
    cursor = page.cursor
  } while (cursor !== undefined && seen < limit)
  return calls
}

function sideCall(call: AuditedCall, pairBy: PairedBy): SideCall | undefined {
  const { contents, record, auditId, indices } = call
  const messages = messagesIn(contents.input)
  const key = keyOf(record, messages, pairBy)
  if (call.stage === 'received' || messages.length === 0 || key === undefined) return undefined
  const asked = messages.findLast(({ role }) => role === 'user') ?? messages.at(-1)
  const error = record.outcome?.type ?? ''
  const tools = (record.response?.toolCalls ?? []).map(({ name }) => name)
  const words = textOf(contents.output)
  return {
    auditId,
    index: indices[0] ?? 0,
    key,
    question: normalized(asked?.text ?? ''),
    answer: normalized(words === '' ? (call.stage === 'error' ? error : tools.join(', ')) : words),
    durationMs: numberOf(record, 'took'),
    firstChunkMs: numberOf(record, 'first'),
    outputTokens: numberOf(record, 'outputTokens'),
    confidence: numberOf(record, 'confidence'),
    isError: call.stage === 'error',
    isFiltered: textsOf(record, 'finish').includes('content_filter'),
    isCut: textsOf(record, 'finish').includes('length'),
    tools
  }
}

/** Roles that say how to answer, and ask nothing. */
const INSTRUCTING = ['system', 'developer']
const TAG = 'tag.'

function keyOf(
  record: AuditedCall['record'],
  messages: readonly ShownMessage[],
  pairBy: PairedBy
): string | undefined {
  if (pairBy.startsWith(TAG)) {
    const [, value] = tagsOf(record).find(([name]) => name === pairBy.slice(TAG.length)) ?? []
    return value
  }
  const asked =
    pairBy === 'input'
      ? messages
      : messages.filter(({ role = '' }) => !INSTRUCTING.includes(role.toLowerCase()))
  if (asked.length === 0) return undefined
  return JSON.stringify(asked.map(({ role = '', text }) => [role, normalized(text)]))
}

function normalized(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim()
}
