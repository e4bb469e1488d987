import { textOf } from '../../protocol/readers/text-of.ts'
import { numberOf, textsOf } from '../filter/field-values.ts'
import type { FilterTree } from '../filter/tree.ts'
import type { AuditedCall, Reader } from '../reader.ts'
import { messagesIn } from '../session/new-messages.ts'
import type { ComparedCall } from './comparison.ts'

/** A call with what it is compared by. */
export interface SideCall extends ComparedCall {
  /** What was asked, all of it, without differences of white space and Unicode form. */
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

/** Of the newest calls of a side those that are meant, have ended and whose input is stored, newest first. */
export async function readSide(
  reader: Pick<Reader, 'query' | 'get'>,
  filter: FilterTree,
  limit: number,
  onCall: () => void,
  isMeant: (record: AuditedCall['record']) => boolean = () => true
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
      const side = call && isMeant(call.record) ? sideCall(call) : undefined
      if (side) calls.push(side)
      onCall()
    }
    seen += page.items.length
    cursor = page.cursor
  } while (cursor !== undefined && seen < limit)
  return calls
}

function sideCall(call: AuditedCall): SideCall | undefined {
  const { contents, record, auditId, indices } = call
  const messages = messagesIn(contents.input)
  if (call.stage === 'received' || messages.length === 0) return undefined
  const asked = messages.findLast(({ role }) => role === 'user') ?? messages.at(-1)
  const error = record.outcome?.type ?? ''
  const tools = (record.response?.toolCalls ?? []).map(({ name }) => name)
  const words = textOf(contents.output)
  return {
    auditId,
    index: indices[0] ?? 0,
    key: JSON.stringify(messages.map(({ role = '', text }) => [role, normalized(text)])),
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

function normalized(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim()
}
