import { isObject } from '../base/json.ts'
import { parse, stringify } from '../base/json-text.ts'
import { fittedValue } from '../record/fields/coerce.ts'
import { RECORD_FIELDS } from '../record/fields/record-fields.ts'
import { type Key, type Member, type Members, member, type RecordParts } from '../record/header.ts'
import { typeOfError } from '../record/outcome.ts'
import type { Alteration } from '../record/record.ts'
import type { Content } from '../record/sealed-record.ts'
import type { OperatorKey } from './operators.ts'
import { type Redaction, Redactor, type RedactStep } from './redactor.ts'

/** Members of a header in which somebody else's words may stand; the others are ours. */
const OF_OTHERS = [
  'context',
  'call',
  'model',
  'response',
  'attempts',
  'outcome',
  'event'
] as const satisfies readonly Key[]

/** How long the contents of one record may take, in milliseconds, and how much longer for each mebibyte. */
const MOST_MS = 1_000
const MS_A_MIB = 2_000
const MIB = 1024 * 1024

/** Most places that one record lists; of more, each content is one place. */
const MOST_PLACES = 40

/** Hears of what failed, so that a content had to be dropped. */
export type ProtectFailed = (what: string, cause: unknown) => void

/**
 * Takes what detectors find out of the contents of a record and out of what of its header others said. A content that
 * cannot be looked through is dropped, and the record stays.
 */
export function protectParts(
  parts: RecordParts,
  steps: readonly RedactStep[],
  key: OperatorKey,
  failed: ProtectFailed
): RecordParts {
  if (steps.length === 0) return parts
  const marks: Alteration[] = []
  const redactions: Redaction[] = []
  const protectAll = (contents: readonly Content[]) =>
    contents.flatMap((content) =>
      protectContent(content, steps, key, { marks, redactions, failed })
    )
  const asked = protectAll(parts.asked)
  const answered = withoutTokens(protectAll(parts.answered), redactions, marks)
  const members = protectMembers(parts.members, steps, key, { marks, redactions, failed })
  const altered = [...parts.altered, ...marks, ...marksOf(redactions)]
  return { ...parts, members, asked, answered, altered }
}

/** The probabilities of tokens spell an answer out: where something was taken out of it, they go as well. */
function withoutTokens(
  contents: readonly Content[],
  redactions: readonly Redaction[],
  marks: Alteration[]
): readonly Content[] {
  const isTaken = redactions.some(({ pointer }) => /^\/(?:output|reasoning)(?:\/|$)/.test(pointer))
  if (!isTaken || !contents.some(({ name }) => name === 'logprobs')) return contents
  marks.push({ pointer: '/logprobs', what: 'erased', reason: 'tokens of what was redacted' })
  return contents.filter(({ name }) => name !== 'logprobs')
}

interface Notes {
  readonly marks: Alteration[]
  readonly redactions: Redaction[]
  readonly failed: ProtectFailed
}

function protectContent(
  content: Content,
  steps: readonly RedactStep[],
  key: OperatorKey,
  notes: Notes
): Content[] {
  const { name, body, type } = content
  // Bytes of images, sounds and files are not looked into.
  if (typeof body !== 'string') return [content]
  const redactor = new Redactor(steps, key, MOST_MS + (body.length / MIB) * MS_A_MIB)
  try {
    const text = redactor.guarded(() => redactedBody(redactor, body, type, `/${name}`))
    notes.redactions.push(...redactor.redactions)
    return [text === body ? content : { ...content, body: text }]
  } catch (cause) {
    drop(`the content ${name}`, `/${name}`, cause, notes)
    return []
  }
}

function redactedBody(redactor: Redactor, body: string, type: string, pointer: string): string {
  if (type !== 'application/json') return redactor.json(body, pointer) as string
  const value: unknown = parse(body)
  const redacted = redactor.json(value, pointer)
  return redacted === value ? body : stringify(redacted)
}

function protectMembers(
  members: Members,
  steps: readonly RedactStep[],
  key: OperatorKey,
  notes: Notes
): Members {
  let safe = members
  for (const name of OF_OTHERS) {
    const value: unknown = members[name]?.value
    if (value === undefined) continue
    const redactor = new Redactor(steps, key, MOST_MS)
    try {
      const redacted = redactor.guarded(() => redactor.json(value, `/${name}`))
      notes.redactions.push(...redactor.redactions)
      if (redacted !== value) safe = { ...safe, [name]: fitted(name, value, redacted, notes.marks) }
    } catch (cause) {
      drop(`the member ${name}`, `/${name}`, cause, notes)
      safe = { ...safe, [name]: undefined }
    }
  }
  return safe
}

/** What of a redacted member its fields take: what stands in place of a name is no name, and goes. */
function fitted(
  name: (typeof OF_OTHERS)[number],
  value: unknown,
  redacted: unknown,
  marks: Alteration[]
): Member | undefined {
  // Composing the record fits these; see `composeDraft`.
  if (name === 'context' || name === 'event') return member(redacted)
  // The address of a server is not a person's.
  const kept =
    name === 'call' && isObject(value) && isObject(redacted)
      ? { ...redacted, endpoint: value.endpoint }
      : redacted
  const found = fittedValue(RECORD_FIELDS[name], kept, `/${name}`, marks).value
  return found === undefined ? undefined : member(found)
}

/** The cause's message may quote the content, so its type alone is told. */
function drop(what: string, pointer: string, cause: unknown, { marks, failed }: Notes): void {
  const type = typeOfError(cause)
  failed(`${what} is dropped, as it could not be redacted: ${type}`, undefined)
  marks.push({ pointer, what: 'erased', reason: 'not redacted' })
}

function marksOf(redactions: readonly Redaction[]): Alteration[] {
  const places = new Map<string, Redaction>()
  const isMany = redactions.length > MOST_PLACES
  for (const redaction of redactions) {
    const { detector, operator, count } = redaction
    const pointer = isMany ? (/^\/[^/]*/.exec(redaction.pointer)?.[0] ?? '') : redaction.pointer
    const key = `${pointer} ${detector} ${operator}`
    const known = places.get(key)
    places.set(key, { pointer, detector, operator, count: count + (known?.count ?? 0) })
  }
  return [...places.values()].map(({ operator, ...place }) => ({
    ...place,
    operator,
    what: operator === 'remove' ? 'erased' : 'masked'
  }))
}
