import {
  type AuditLog,
  type CallResponse,
  isObject,
  type OpenCall,
  readToolCalls,
  withRest
} from '@slm-audit/core/adapter'
import { PADDING } from '../compatible.ts'
import { openaiResponses } from '../responses/openai-responses.ts'
import {
  finishResponse,
  type ResponsesFold,
  startResponse,
  stepResponse
} from '../responses/responses-fold.ts'
import { RealtimeConversation } from './realtime-conversation.ts'
import { SendLine } from './send-line.ts'

type Fields = { readonly [name: string]: unknown }

/** An answer that was asked for, or is on its way. */
export interface Answer {
  readonly call: OpenCall
  readonly fold: ResponsesFold
  readonly told: unknown[]
  /** What its request was numbered by, and which of several streams of one socket it is of. */
  readonly eventId: unknown
  readonly stream: unknown
}

/** Members of events that say which one it is, and what it belongs to. */
const IGNORED = {
  structure: ['/event_id', '/stream_id', '/response_id', '/item_id', '/previous_item_id'],
  leavesOut: PADDING
}

/** Events that begin with `response.` and are of no answer. */
const OF_NO_ANSWER = /^response\.(steer|inject)\b/

/**
 * The calls of one session: each answer is one, from when it is asked for, or from when the server of a realtime session
 * begins it by itself, to its last event.
 */
export class SocketCalls {
  readonly #log: AuditLog
  readonly #url: URL
  /** Of a realtime session, whose requests do not say what they are about. */
  readonly #conversation: RealtimeConversation | undefined
  /** Whose requests went out, in that order. */
  readonly #asked: Answer[] = []
  readonly #running = new Map<unknown, Answer>()
  /** What the answer of a realtime session that ended last is named by. */
  #endedLast: unknown
  /** The requests that the session was given. */
  readonly line = new SendLine<Answer>({
    went: (answer) => void this.#asked.push(answer),
    stayed: (answer) => void this.#takeAsked((one) => one === answer),
    lost: ({ call }, error) => call.fail(error)
  })

  constructor(log: AuditLog, url: URL) {
    this.#log = log
    this.#url = url
    if (/\/realtime$/.test(url.pathname)) this.#conversation = new RealtimeConversation(url)
  }

  /** The application asks for an answer with an event, which it is about to send; `undefined` where it does not. */
  asks(event: unknown): Answer | undefined {
    if (!isObject(event) || event.type !== 'response.create') return undefined
    return this.#open(event)
  }

  /** An event of the server came. */
  came(event: unknown): void {
    if (!isObject(event)) return
    this.#conversation?.step(event)
    const type = String(event.type)
    if (type === 'error') this.#failed(event)
    else if (type.startsWith('response.') && !OF_NO_ANSWER.test(type)) this.#goesOn(event)
  }

  /** No answer comes any more to what went out: `error` says why, where the application did not close the session itself. */
  ended(error?: Error): void {
    for (const answer of [...this.#running.values(), ...this.#asked]) {
      if (error) answer.call.fail(error, () => this.#read(answer))
      else answer.call.cancel('consumer', () => this.#read(answer))
    }
    this.#running.clear()
    this.#asked.length = 0
  }

  #open(event: Fields): Answer {
    const { type: _type, event_id: eventId, stream_id: stream, response, ...body } = event
    const request =
      this.#conversation?.request(response) ??
      openaiResponses.readRequest({ ...body, stream: true }, this.#url)
    const { hostname: address, port, pathname: path } = this.#url
    const endpoint = { address, ...(port !== '' && { port: Number(port) }), path }
    const call = this.#log.open({ endpoint, ...request })
    const answer = { call, fold: startResponse(), told: [], eventId, stream }
    call.keepPartial(() => this.#read(answer))
    return answer
  }

  #goesOn(event: Fields): void {
    const key = this.#keyOf(event)
    const answer = this.#running.get(key) ?? this.#begin(event, key)
    if (answer === undefined) return
    this.#step(answer, event)
    if (this.#conversation ? event.type !== 'response.done' : !openaiResponses.isLast?.(event))
      return
    this.#running.delete(key)
    this.#endedLast = key
    const { status } = isObject(event.response) ? event.response : {}
    if (this.#conversation && status === 'cancelled') {
      answer.call.cancel('consumer', () => this.#read(answer))
    } else answer.call.complete(() => this.#read(answer))
  }

  /**
   * The answer that an event begins: the first that was asked for, or one that nobody asked for, as servers of realtime
   * sessions give. What comes behind the end of an answer begins none.
   */
  #begin(event: Fields, key: unknown): Answer | undefined {
    const isNamed = this.#conversation !== undefined && key !== undefined
    const isBegun = event.type === 'response.created' || isNamed
    if (isNamed && key === this.#endedLast) return undefined
    const answer =
      this.#takeAsked(({ stream }) => stream === event.stream_id) ??
      (isBegun ? this.#open({}) : undefined)
    if (answer) this.#running.set(key, answer)
    return answer
  }

  /** An error is of the request that it names; without a name of the answer that is on its way, or the first that is not. */
  #failed(event: Fields): void {
    const { error, stream_id: stream } = event
    const named = isObject(error) ? error.event_id : undefined
    const running = this.#conversation ? undefined : this.#running.get(stream)
    const answer =
      running ??
      this.#takeAsked((one) =>
        typeof named === 'string' ? one.eventId === named : one.stream === stream
      )
    if (answer === undefined) return
    if (running) this.#running.delete(stream)
    this.#step(answer, event)
    answer.call.complete(() => this.#read(answer))
  }

  #takeAsked(is: (answer: Answer) => boolean): Answer | undefined {
    const at = this.#asked.findIndex(is)
    return at < 0 ? undefined : this.#asked.splice(at, 1)[0]
  }

  #step({ call, fold, told }: Answer, event: Fields): void {
    if (!call.isOpen) return
    call.chunk()
    stepResponse(fold, event)
    // The fold has the sound, which is long.
    if (!/audio\.delta$/.test(String(event.type))) told.push(event)
    const tools = isObject(event.item) ? readToolCalls([event.item]) : []
    if (tools.length > 0) call.asks(tools)
  }

  #read({ fold, told }: Answer): CallResponse {
    const body = finishResponse(fold)
    const { status_details: details } = body
    // In realtime sessions one member says why an answer is not whole, or what failed.
    const read = openaiResponses.readResponse({
      ...(isObject(details) && { incomplete_details: details, error: details.error }),
      ...body
    })
    return withRest(read, told, IGNORED)
  }

  /**
   * Events of a realtime session name their answer, or else go on with the one that began last; those of others go on with
   * the one of their stream.
   */
  #keyOf({ type, response, response_id: id, stream_id: stream }: Fields): unknown {
    if (!this.#conversation) return stream
    const named = isObject(response) ? response.id : id
    return named ?? (type === 'response.created' ? undefined : [...this.#running.keys()].at(-1))
  }
}
