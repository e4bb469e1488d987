import { BoundedMap } from '../../base/bounded-map.ts'
import { textOf } from '../../protocol/readers/text-of.ts'
import type { Content, PendingRecord } from '../../record/sealed-record.ts'
import { asChat } from '../as-chat.ts'
import { numberOf } from '../filter/field-values.ts'
import { isRefusal } from '../is-refusal.ts'
import { languageOf } from '../language-of.ts'
import type { WatchedCall } from './watched-call.ts'

/** Calls that have not ended whose questions are remembered. */
const MOST_OPEN = 2_000
/** UTF-16 code units of a content that is parsed; of a longer one it is not known what was said. */
const LONGEST = 65_536

interface Asked {
  readonly language: string | undefined
  readonly asked: string | undefined
}

/** Reads what detectors look at off the records of calls, in the order in which they are stored. */
export class RecordWatch {
  readonly #open = new BoundedMap<string, Asked>(MOST_OPEN)

  /** What a record says of a call that has ended; `undefined` for records of other kinds. */
  next({ record, contents }: PendingRecord): WatchedCall | undefined {
    const { kind, stage, auditId } = record
    if ((kind !== 'call' && kind !== 'tool') || stage === 'event') return undefined
    const input = contents.find(({ name }) => name === 'input')
    const asked = input && askedIn(input)
    if (stage === 'received') {
      if (asked) this.#open.set(auditId, asked)
      return undefined
    }
    const known = asked ?? this.#open.get(auditId)
    this.#open.delete(auditId)
    return { ...factsOf(record), ...answerFacts(contents, known), asked: known?.asked }
  }
}

function factsOf(record: PendingRecord['record']) {
  const { auditId, at, kind, stage, call, response, model, context, timing } = record
  const header = { ...record, log: { contents: {}, index: 0, origin: '' } }
  const finish: readonly unknown[] = response?.finish ?? []
  const asks = (response?.toolCalls ?? []).flatMap(({ name }) => name ?? [])
  return {
    auditId,
    at: Date.parse(at),
    kind,
    isError: stage === 'error',
    ...(finish.includes('content_filter') && { isRefused: true }),
    model: response?.model ?? call?.model,
    digest: model?.digest,
    session: context?.session ?? context?.conversation,
    durationMs: stage === 'complete' ? timing?.durationMs : undefined,
    tokens: numberOf(header, 'tokens'),
    confidence: numberOf(header, 'confidence'),
    tools: kind === 'tool' && call?.name !== undefined ? [call.name] : asks
  }
}

function answerFacts(contents: readonly Content[], asked: Asked | undefined) {
  const output = contents.find(({ name }) => name === 'output')
  const text = output === undefined ? undefined : wordsOf(output)
  if (text === undefined || text === '') return {}
  const language = asked?.language === undefined ? undefined : languageOf(text)
  return {
    ...(isRefusal(text) && { isRefused: true }),
    ...(language !== undefined && { isForeign: language !== asked?.language })
  }
}

function askedIn(input: Content): Asked {
  const { body } = input
  const asked = typeof body === 'string' ? digestOf(body) : undefined
  const text = wordsOf(input, true)
  return { language: text === undefined ? undefined : languageOf(text), asked }
}

/** The words of a content; of a conversation those of its last question. */
function wordsOf({ type, body }: Content, isQuestion = false): string | undefined {
  if (typeof body !== 'string' || body.length > LONGEST) return undefined
  if (type !== 'application/json') return body
  try {
    const value: unknown = JSON.parse(body)
    if (!isQuestion) return textOf(value)
    const chat = asChat(value as never) as { readonly messages?: readonly unknown[] } | undefined
    const messages = Array.isArray(chat) ? chat : chat?.messages
    return textOf(Array.isArray(messages) ? messages.at(-1) : value)
  } catch {
    // Content that was cut off, or is no JSON: nothing to tell it by.
    return undefined
  }
}

/** FNV-1a of a text's beginning and end, with its length: equal texts are equal, and others hardly ever. */
function digestOf(text: string): string {
  let hash = 0x811c9dc5
  const part = text.length > 4_096 ? text.slice(0, 2_048) + text.slice(-2_048) : text
  for (let at = 0; at < part.length; at++) {
    hash = Math.imul(hash ^ part.charCodeAt(at), 0x01000193)
  }
  return `${text.length}:${hash >>> 0}`
}
