import type { CallRequest, CallResponse } from '../record/call-facts.ts'
import type { ModelIdentity, Named } from '../record/record.ts'
import type { HeaderFields } from './header-fields.ts'

/** The module that a journal's thread imports to have a protocol. */
export interface WorkerModule {
  /** Whether the module exports this very protocol, and no copy with changes. */
  isExported(protocol: unknown): boolean
  /** The module's URL; importing it has no effect. May throw where it is unknown, as in a bundle. */
  url(): string
}

/**
 * A pure description of one wire format: no I/O, no clock, no state outside `Acc`, no vendor's
 * types. Every function takes parsed JSON of unknown shape, reads the fields it knows and leaves
 * the rest; one that throws costs the record its details, never the host its call.
 *
 * `start`, `step` and `finish` fold the events of a stream into the response that the same answer
 * would have given in one piece. `step` may change and return `acc`.
 */
export interface Protocol<Acc = unknown> {
  /** `vendor.format`, for instance `openai.chat`. */
  readonly name: string
  /** How a streamed answer is framed, where its content type does not say so. */
  readonly framing?: 'sse' | 'ndjson'
  /** Whether answers may be plain text, which `readResponse` then gets as it came. */
  readonly answersText?: boolean
  /**
   * Takes a streamed answer's bytes apart where `framing` cannot: binary event streams. An event
   * that is cut off at the end is left out; must not throw. Answers whose content type is JSON or
   * text do not come here.
   */
  decode?(bytes: Uint8Array): StreamEvent[]
  /** Whether a request speaks this format; `method` is in upper case. */
  matches(url: URL, method: string): boolean
  /**
   * Names, in lower case, of headers that say of a call what its body does not: settings, counts. The
   * two that read get those that are there; never name one that holds a key.
   */
  readonly headers?: readonly string[]
  /** Reads a request: its parsed body, its address, its headers. */
  readRequest(body: unknown, url: URL, headers?: HeaderFields): CallRequest
  /**
   * Reads an answer in one piece: parsed JSON, text, or the bytes of sounds, images and other files, whose
   * `contentType` is the answer's.
   */
  readResponse(body: unknown, contentType?: string, headers?: HeaderFields): CallResponse
  /** Reads what the body of an HTTP error tells beside its type, code and message. */
  readRefusal?(body: unknown): Pick<CallResponse, 'details'>
  /** The state of a fold before the first event. */
  start(): Acc
  /** Folds one event; `name` is the event's own, where the framing has one. */
  step(acc: Acc, event: unknown, name?: string): Acc
  /**
   * Whether clients may stop reading after this event although the stream goes on. `asked` reads the
   * request's body, for streams of several answers, each with an end of its own.
   */
  isLast?(event: unknown, name?: string, asked?: () => unknown): boolean
  /** The response that the events folded so far make, also when the stream was cut. */
  finish(acc: Acc): CallResponse
  /**
   * Members that only say how the events follow each other, beside those that all formats have (`type`, `index`,
   * …), by where they stand: the names that lead there, as in `/choices/delta/x`. What else an event
   * says and the answer does not hold is recorded as the content `rest`.
   */
  readonly structure?: readonly string[]
  /** Members that are never recorded, by where they stand, with the reason, which becomes a mark. */
  readonly leavesOut?: { readonly [place: string]: string }
  /**
   * At which faults of an answer clients of the format throw, beside errors that it tells of; `malformed` alone unless
   * given. Where versions of a client differ, a function of the one that asked.
   */
  readonly throwsAt?:
    | readonly StreamFault[]
    | ((client: Named | undefined) => readonly StreamFault[])
  /** Whether clients of the format pass over events that have no name: one that is no JSON is no fault then. */
  readonly needsNames?: true
  /**
   * What is known of the model that a request asks, from elsewhere than the wire. Asked on the
   * application's thread when a call starts and when it ends, so it must be quick; `body` is the
   * request's, as it is sent.
   */
  identity?(body: string | Uint8Array | undefined, url: URL): ModelIdentity | undefined
  /**
   * Where another thread finds this very protocol. A journal's thread then reads the calls, which
   * spares the application's.
   */
  readonly workerModule?: WorkerModule
}

/**
 * What may be wrong with a streamed answer as it stands on the wire: an event that is no JSON (`malformed`), an end inside
 * of an event (`part`), or behind anything but the end of one (`cut`), an end before the last event (`unended`), an
 * answer that is not called a stream where one was asked for (`unstreamed`), a line that is not part of an event
 * (`outside`), the end mark of another format, `[DONE]` (`done`), one list of all answers where `cut` is thrown at
 * (`list`).
 */
export type StreamFault =
  | 'malformed'
  | 'part'
  | 'cut'
  | 'unended'
  | 'unstreamed'
  | 'outside'
  | 'done'
  | 'list'

/**
 * An event of a streamed answer: its parsed data, or the text that did not parse. What stands between events or behind
 * the end mark `[DONE]`, and what the end cut off, is not an event and told as `outside`: parsed, where it is JSON.
 */
export type StreamEvent = (
  | { readonly data: unknown; readonly name?: string }
  | { readonly malformed: string; readonly name?: string }
  | { readonly outside: unknown }
) & {
  /** Set where the stream ended before the end of what it is. */
  readonly isCut?: true
  /** Set for the beginning of an event, which is all that came of it. */
  readonly isPart?: true
}
