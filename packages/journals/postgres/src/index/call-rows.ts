import { bodyOf, CALL_COLUMNS, type CallDocument, tokensOf } from '@slm-audit/core/store'
import type { Parameter } from '../connection/connection.ts'
import { allStorable } from '../connection/storable.ts'
import type { TableRows } from '../store/insert-rows.ts'
import { facetKey, facetText } from './facet-keys.ts'

/** A call as the index has it, and the month of its contents. */
export interface IndexedCall {
  readonly document: CallDocument
  readonly month: string
}

const OWN = ['id', 'last_idx', 'audit_id', 'month', 'received_at']
const HEADER_COLUMNS = Object.keys(CALL_COLUMNS)
const MORE = [
  'error_type',
  'tokens',
  'confidence',
  'flags',
  'question',
  'answer',
  'tool',
  'scores',
  'header'
]
const COLUMNS = [...OWN, ...HEADER_COLUMNS, ...MORE, 'facets', 'keys']
const quoted = (name: string) => `"${name}"`
/** A call that gets another record keeps its place and when it was received. */
const REPLACED = COLUMNS.filter(
  (name) => !['id', 'audit_id', 'month', 'received_at'].includes(name)
)

/** UTF-8 bytes of the words of one call: a tsvector takes a mebibyte with what it keeps beside them. */
const MOST_WORD_BYTES = 400_000

/** The rows of calls in the tables of the index, for `insertRows`; texts of the months that have a place for them. */
export function rowsOf(
  calls: readonly IndexedCall[],
  keptMonths: ReadonlySet<string>
): TableRows[] {
  return [
    {
      table: 'calls',
      columns: COLUMNS.map(quoted),
      rows: calls.map(callRow),
      onConflict: `ON CONFLICT (id) DO UPDATE SET ${REPLACED.map((name) => `"${name}" = excluded."${name}"`).join(', ')}`
    },
    {
      table: 'texts',
      columns: ['id', 'month', 'body', 'words', 'is_cut'],
      rows: calls.filter(({ month }) => keptMonths.has(month)).map(textOf),
      made: { words: (name) => `array_to_tsvector(${name}::text[])` },
      onConflict: `ON CONFLICT (id, month) DO UPDATE
        SET body = excluded.body, words = excluded.words, is_cut = excluded.is_cut`
    }
  ]
}

/** What a call is found by: its words, and its text as it is compared with what is searched for. */
function textOf({ document: { id, texts }, month }: IndexedCall): Parameter[] {
  const { body, words, isCut } = searchable(texts)
  return [id, month, body, words, isCut]
}

/**
 * The texts of a call, folded: each word stands between spaces, each text between bars, so that words side by
 * side are found as they stand; and each word once.
 */
export function searchable(texts: readonly string[]): {
  readonly body: string
  readonly words: readonly string[]
  readonly isCut: boolean
} {
  const all = texts.map(tokensOf)
  const words = new Set<string>()
  let bytes = 0
  let isCut = false
  for (const token of all.flat()) {
    if (words.has(token)) continue
    bytes += Buffer.byteLength(token) + 4
    if (bytes > MOST_WORD_BYTES) {
      isCut = true
      break
    }
    words.add(token)
  }
  return { body: bodyOf(all), words: [...words], isCut }
}

function callRow({ document, month }: IndexedCall): Parameter[] {
  const { id, lastIndex, auditId, receivedAt, columns, facets } = document
  const { errorType, tokens, confidence, flags, question, answer, tool } = document
  return [
    ...[id, lastIndex, auditId, month, receivedAt],
    ...HEADER_COLUMNS.map((name) => columns[name as keyof typeof columns]),
    ...allStorable([errorType, tokens, confidence, flags]),
    ...allStorable([question, answer, tool].map((text) => text ?? null)),
    JSON.stringify(allStorable(document.scores)),
    JSON.stringify(allStorable(document.header)),
    facets.map(facetText),
    facets.map(([facet, value]) => facetKey(facet, value))
  ]
}
