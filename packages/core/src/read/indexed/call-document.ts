import { isObject, type Json } from '../../base/json.ts'
import { textOf } from '../../protocol/readers/text-of.ts'
import type { AuditRecord } from '../../record/record.ts'
import {
  type Content,
  parseRecord,
  type SealedContent,
  type SealedRecord
} from '../../record/sealed-record.ts'
import {
  annotationNames,
  annotationScores,
  annotationText,
  annotationValues,
  readAnnotation
} from '../annotations.ts'
import { asChat } from '../as-chat.ts'
import { numberOf, tagsOf, textsOf } from '../filter/field-values.ts'
import { TEXT_FIELDS } from '../filter/fields.ts'
import { isRefusal } from '../is-refusal.ts'
import { isRepetition } from '../is-repetition.ts'
import { readContent } from '../read-content.ts'
import type { ContentValue } from '../reader.ts'
import { type CallColumn, type ColumnValue, callColumns } from './call-columns.ts'
import { EMPTY, FILTERED, REFUSED, REPEATED } from './call-flags.ts'
import type { FacetValue } from './listed-facets.ts'
import { searchedText } from './searched-text.ts'

/** A record of a call, its header parsed. */
export interface IndexedRecord {
  /** Its place in the log. */
  readonly index: number
  /** Its header, parsed. */
  readonly header: AuditRecord
  /** Its contents as they are stored. */
  readonly contents: readonly IndexedContent[]
}

/** A stored content; of one in parts with the rows that they have in the evidence. */
export type IndexedContent = SealedContent & { readonly ids?: readonly number[] }

/** What the index holds of one call. */
export interface CallDocument {
  /** The index of the call's first record. */
  readonly id: number
  /** The index of its newest record. */
  readonly lastIndex: number
  /** Identifies the call. */
  readonly auditId: string
  /** Unix time in milliseconds; when the first record was made. */
  readonly receivedAt: number
  /** What lists and figures show of the newest header. */
  readonly columns: { readonly [Name in CallColumn]: ColumnValue }
  /** Type of the error, or who ended it; null without one. */
  readonly errorType: string | null
  /** Tokens of the request and the answer. */
  readonly tokens: number | null
  /** How sure the model was, from 0 to 1. */
  readonly confidence: number | null
  /** Bits: whether the answer is empty, was ended by a filter, declines, or repeats itself (`flagsOf`). */
  readonly flags: number
  /** The context's tags as JSON. */
  readonly tags: string | null
  /** How the last question begins; null where none is stored. */
  readonly question: string | null
  /** How the answer begins; null where none is stored. */
  readonly answer: string | null
  /** How the instructions begin that the model was given before what was asked, as many calls have the same; null without any. */
  readonly instructions: string | null
  /** The tool that ran, or the first one that the model asked for. */
  readonly tool: string | null
  /** Scores that annotations give, by their names. */
  readonly scores: readonly (readonly [name: string, score: number])[]
  /** What the call can be chosen by. */
  readonly facets: readonly FacetValue[]
  /** The header of the newest record. */
  readonly header: AuditRecord
  /** The texts that the call is found by. */
  readonly texts: readonly string[]
  /** What could not be indexed, in words, by the index of its record. */
  readonly skipped: readonly { readonly index: number; readonly reason: string }[]
}

/** Contents that a call is found by, in this order. */
const SEARCHED: readonly Content['name'][] = ['input', 'output', 'reasoning', 'error']
/** UTF-16 code units of one content that are indexed: more would hold up the calls behind it. */
const LONGEST_TEXT = 2 ** 20
/** Bytes of a content that are parsed at all. */
const MOST_BYTES = 2 ** 26
const PREVIEW = 160
/** UTF-16 code units of instructions: more than the part of a text that a search shows. */
const LEAD = 1_024

/**
 * Makes the document of a call out of its records so far, in the order of the log, and of what was said of
 * it. Parts of contents up to row `partsBefore` were stored before the call: earlier calls are found by their words.
 */
export function callDocument(
  records: readonly [IndexedRecord, ...IndexedRecord[]],
  partsBefore = 0,
  annotations: readonly IndexedRecord[] = []
): CallDocument {
  const [first] = records
  const { index: lastIndex, header } = records.at(-1) ?? first
  const columns = callColumns(header)
  const errorType = text(header.outcome?.type ?? header.outcome?.by)
  const skipped: { index: number; reason: string }[] = []
  const texts: string[] = []
  let question: string | null = null
  let answer: string | null = null
  let instructions: string | null = null
  let answered = ''
  for (const { index, contents } of records) {
    for (const content of contents) {
      if (!SEARCHED.includes(content.name)) continue
      const added = addedBy(content, partsBefore)
      const isWhole = added === content
      const value = isWhole || content.name === 'input' ? parsedValue(content) : undefined
      const { words, reason } = readWords(added, isWhole ? value : parsedValue(added))
      if (reason) skipped.push({ index, reason: `${content.name}: ${reason}` })
      if (words !== '') texts.push(words)
      if (content.name === 'input') {
        const messages = messagesIn(value)
        question = preview(questionIn(messages) ?? words)
        instructions = instructionsIn(value, messages)
      }
      if (content.name !== 'output') continue
      answer = preview(words)
      // A number has no words to be found by.
      answered = typeof value === 'number' ? String(value) : words
    }
  }
  const said = [records.at(-1) ?? first, ...annotations].filter(isAnnotation)
  const words = said.map(annotationWords)
  texts.push(...words)
  if (isAnnotation({ header })) question = preview(words[0] ?? '')
  const headers = said.map((each) => each.header)
  return {
    id: first.index,
    lastIndex,
    auditId: header.auditId,
    receivedAt: Date.parse(first.header.at) || 0,
    columns,
    errorType,
    tokens: numberOf(header, 'tokens') ?? null,
    confidence: numberOf(header, 'confidence') ?? null,
    flags: flagsIn(header, answered),
    tags: isObject(header.context?.tags) ? JSON.stringify(header.context.tags) : null,
    question,
    answer,
    instructions,
    tool: text(header.response?.toolCalls?.[0]?.name ?? header.call?.name),
    header,
    texts,
    scores: headers.flatMap(annotationScores),
    facets: [...callFacets(header), ...annotationFacets(headers)],
    skipped
  }
}

/** The texts of a call that a search looks through, in the order in which it was found by them. */
export function searchedTexts(
  records: readonly Pick<IndexedRecord, 'contents'>[],
  annotations: readonly SealedRecord[] = []
): string[] {
  const own = records.flatMap(({ contents }) =>
    contents.flatMap((content) => (SEARCHED.includes(content.name) ? readWords(content).words : []))
  )
  const said = annotations.map((sealed) => ({ ...sealed, header: parseRecord(sealed) }))
  return [...own, ...said.map(annotationWords)]
}

/** The values by which annotations are found, or calls that they are about; none twice. */
export function annotationFacets(headers: readonly AuditRecord[]): FacetValue[] {
  const values = headers.flatMap((header) => [
    ...annotationNames(header).map((name): FacetValue => ['annotation', name]),
    ...annotationValues(header).map(
      ([name, value]): FacetValue => ['annotationValue', `${name}=${value}`]
    )
  ])
  return [...new Map(values.map((each) => [String(each), each])).values()]
}

function isAnnotation({ header }: Pick<IndexedRecord, 'header'>): boolean {
  return header.kind === 'annotation'
}

function annotationWords(record: IndexedRecord): string {
  return annotationText(readAnnotation(record, record.header)?.says ?? {})
}

/** A content with those of its parts alone that were stored after a row, and all of one that is whole. */
function addedBy(content: IndexedContent, partsBefore: number): SealedContent {
  const { name, type, salt, parts, at, ids = [] } = content
  const isAdded = (place: number) => (ids[place] ?? 0) > partsBefore
  if (!parts || parts.every((_, place) => isAdded(place))) return content
  const added = parts.filter((_, place) => isAdded(place))
  const hasFrame = at !== undefined && isAdded(0)
  return { name, type, salt, parts: added, ...(hasFrame && { at }) }
}

function sizeOf({ body, parts = [] }: SealedContent): number {
  return body?.length ?? parts.reduce((size, part) => size + (part.body?.length ?? 0), 0)
}

function parsedValue(content: SealedContent): ContentValue | undefined {
  return sizeOf(content) > MOST_BYTES ? undefined : readContent(content)
}

interface Words {
  readonly words: string
  readonly reason?: string
}

function readWords(content: SealedContent, value = parsedValue(content)): Words {
  const size = sizeOf(content)
  if (size > MOST_BYTES) return { words: '', reason: `${size} bytes are not indexed` }
  const words = searchedText(value)
  if (words.length <= LONGEST_TEXT) return { words }
  const reason = `the first ${LONGEST_TEXT} of ${words.length} characters are indexed`
  return { words: words.slice(0, LONGEST_TEXT), reason }
}

/** A JSON text without anything in it has two bytes. */
const EMPTY_BYTES = 2

function flagsIn({ kind, stage, response, log }: AuditRecord, answered: string): number {
  const finish: unknown = response?.finish
  const isFiltered = Array.isArray(finish) && finish.includes('content_filter')
  const isEmpty =
    stage === 'complete' &&
    !response?.toolCalls?.length &&
    answered.trim() === '' &&
    !((log.contents?.output?.bytes ?? 0) > EMPTY_BYTES)
  const isAnswer = kind === 'call' && stage === 'complete'
  return (
    (isEmpty ? EMPTY : 0) |
    (isFiltered ? FILTERED : 0) |
    (isAnswer && isRefusal(answered) ? REFUSED : 0) |
    (isAnswer && isRepetition(answered) ? REPEATED : 0)
  )
}

/** The values by which a call is found by its newest header alone. */
export function callFacets(header: AuditRecord): FacetValue[] {
  const values: FacetValue[] = TEXT_FIELDS.flatMap((field) =>
    textsOf(header, field).map((value) => [field, value] as const)
  )
  for (const [name, value] of tagsOf(header)) {
    values.push(['tag', name], ['tagValue', `${name}=${value}`])
  }
  return values
}

/** The messages of an input, where it is a conversation. */
function messagesIn(value: unknown): readonly unknown[] | undefined {
  const chat = asChat(value as Json)
  const messages = isObject(chat) && Array.isArray(chat.messages) ? chat.messages : chat
  return Array.isArray(messages) ? messages : undefined
}

/** What was asked last. */
function questionIn(messages: readonly unknown[] | undefined): string | undefined {
  const asked = messages?.findLast((message) => isObject(message) && message.role === 'user')
  return textOf(asked) || undefined
}

/** What the model was told first, as a message of its own or beside the messages. */
function instructionsIn(value: unknown, messages: readonly unknown[] = []): string | null {
  const { system, systemInstruction, instructions } = isObject(value) ? value : {}
  const [first] = messages
  const isFirst = isObject(first) && (first.role === 'system' || first.role === 'developer')
  const told = textOf(system ?? systemInstruction ?? instructions ?? (isFirst ? first : undefined))
  return told === '' ? null : told.slice(0, LEAD).toWellFormed()
}

function preview(words: string): string | null {
  const line = words
    .slice(0, PREVIEW * 4)
    .replace(/\s+/g, ' ')
    .trim()
  const cut = line.length > PREVIEW ? `${line.slice(0, PREVIEW - 1)}…` : line
  return cut === '' ? null : cut.toWellFormed()
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
