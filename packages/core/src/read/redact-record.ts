import { toHex } from '../base/hex.ts'
import type { Hash } from '../base/sha256.ts'
import { commit } from '../journal/seal.ts'
import { redactValue } from '../protect/redact-text.ts'
import type { Redaction, RedactStep } from '../protect/redactor.ts'
import { ANNOTATION } from '../record/annotation-record.ts'
import type { AuditRecord } from '../record/record.ts'
import { CONTENTS_REDACTED, pendingRedaction } from '../record/redaction-record.ts'
import {
  type Content,
  type PendingRecord,
  parseRecord,
  type SealedContent,
  type SealedRecord
} from '../record/sealed-record.ts'
import { readContent } from './read-content.ts'

/** What to look for, and what pseudonyms are made with. */
export interface Redacting {
  /** What is looked for, in order (`redactionSteps`). */
  readonly steps: readonly RedactStep[]
  /** What pseudonyms and hashes are made with: that of the log. */
  readonly secret: Uint8Array
  /** What commitments are made with. */
  readonly hash: Hash
}

/** What is looked through of a log: what calls said, what was said of them, and what an earlier redaction left. */
export function mayBeRedacted({ stage, kind }: AuditRecord): boolean {
  return stage !== 'event' || kind === ANNOTATION || kind === CONTENTS_REDACTED
}

/**
 * The record with what the contents of another become; nothing where nothing is found in them. Contents that cannot be
 * looked through become nothing, and are marked.
 *
 * @param sealed As readers see it: with what earlier redactions left.
 */
export function redactionOf(sealed: SealedRecord, how: Redacting): PendingRecord | undefined {
  const header = parseRecord(sealed)
  const contents: Content[] = []
  const marks: Redaction[] = []
  for (const content of sealed.contents) {
    const value = readContent(content)
    if (value === undefined || value instanceof Uint8Array) continue
    const found = redactValue(value, how.steps, how.secret)
    if (found.count === 0) continue
    const { name, type } = content
    const body = type === 'application/json' ? JSON.stringify(found.value) : String(found.value)
    contents.push({ name, type, body })
    for (const one of found.redactions) marks.push({ ...one, pointer: `/${name}${one.pointer}` })
  }
  if (contents.length === 0) return undefined
  const altered = marks
    .slice(0, MOST_MARKS)
    .map((mark) => ({ ...mark, what: mark.operator === 'remove' ? 'erased' : 'masked' }) as const)
  return pendingRedaction(header, contents, altered)
}

const MOST_MARKS = 40

/** The commitments, in hex, to what of a record's own contents has something in it that is looked for. */
export function commitmentsIn(sealed: SealedRecord, how: Redacting): string[] {
  const { contents: committed } = parseRecord(sealed).log
  const has = (bytes: Uint8Array, isJson: boolean) => {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    return redactValue(isJson ? parsed(text) : text, how.steps, how.secret).count > 0
  }
  const inContent = ({ name, type, body, parts }: SealedContent): string[] => {
    const isJson = type === 'application/json'
    if (!isJson && !type.startsWith('text/')) return []
    if (parts === undefined) {
      const commitment = committed[name]?.commitment
      return body && commitment !== undefined && has(body, isJson) ? [commitment] : []
    }
    return parts.flatMap(({ salt, body: bytes }) =>
      salt && bytes && has(bytes, true) ? [hexOf(commit(salt, bytes, how.hash))] : []
    )
  }
  const found = sealed.contents.map((content) => ({ name: content.name, in: inContent(content) }))
  const isAnswer = ({ name, in: all }: (typeof found)[number]) =>
    all.length > 0 && (name === 'output' || name === 'reasoning')
  const tokens = found.some(isAnswer) ? committed.logprobs?.commitment : undefined
  // The probabilities of tokens spell an answer out.
  return [...found.flatMap((one) => one.in), ...(tokens === undefined ? [] : [tokens])]
}

function hexOf(commitment: string | Uint8Array): string {
  return typeof commitment === 'string' ? commitment : toHex(commitment)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
