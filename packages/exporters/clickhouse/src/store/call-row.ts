import {
  bodyOf,
  type CALL_COLUMNS,
  callDocument,
  type FacetValue,
  type IndexedRecord,
  tokensOf
} from '@slm-audit/core/store'
import type { Row } from '../connection/connection.ts'
import type { ParsedRecord } from './sealed-rows.ts'

/** A call with what is said of it. */
export interface GatheredCall {
  /** Its records, in the order of the log. */
  readonly records: readonly [ParsedRecord, ...ParsedRecord[]]
  /** Annotations about it, in the order of the log. */
  readonly annotations: readonly ParsedRecord[]
}

/** What stands for a value of a facet. */
export function facetText([facet, value]: FacetValue): string {
  return `${facet}=${value}`
}

/** The row of a call: what its records so far say. */
export function callRow({ records, annotations }: GatheredCall, expiresOn: string): Row {
  const [first, ...rest] = records
  // A search finds each call that holds the words, also in the history that it was asked with.
  const ofAnyPart = -1
  const document = callDocument(
    [indexed(first), ...rest.map(indexed)],
    ofAnyPart,
    annotations.map(indexed)
  )
  const { id, lastIndex, auditId, receivedAt, columns, errorType, tokens, confidence, flags } =
    document
  const { question, answer, tool, scores, facets, texts, header } = document
  const words = texts.map(tokensOf)
  return {
    ...(columns satisfies { readonly [name in keyof typeof CALL_COLUMNS]: unknown }),
    id,
    made_of: Math.max(lastIndex, annotations.at(-1)?.sealed.index ?? 0),
    audit_id: auditId,
    at: receivedAt,
    expires_on: expiresOn,
    error_type: errorType,
    tokens,
    confidence,
    flags,
    question,
    answer,
    tool,
    scores,
    facets: facets.map(facetText),
    words: [...new Set(words.flat())],
    body: bodyOf(words),
    header: JSON.stringify(header)
  }
}

function indexed({ sealed, header }: ParsedRecord): IndexedRecord {
  return { index: sealed.index, header, contents: sealed.contents }
}
