import {
  type AuditLog,
  type CallRequest,
  type CallResponse,
  type EndedBy,
  endedByError,
  type Later,
  type OpenCall,
  quietly
} from '@slm-audit/core/adapter'

/** What a framework's span stands for. */
export type SeenSpan =
  /** A step or a tool's run, which has a record of its own. */
  | { readonly as: 'record'; readonly request: Later<CallRequest> }
  /** A call of a model: a client below records it, or else its end tells what was asked and answered. */
  | { readonly as: 'model' }
  /** What has no record; its children hang below what is around it. */
  | { readonly as: 'nothing' }

/** How a span ended. */
export interface SpanEnd {
  /** Absent where it ended well. */
  readonly error?: unknown
  /** Who ended it, where nobody failed. */
  readonly by?: EndedBy
  readonly response: Later<CallResponse>
  /** What a model was asked, as far as its span tells. */
  readonly request?: Later<CallRequest>
}

/** A span that is open. */
class OpenSpan {
  readonly isModel: boolean
  readonly startedAt = performance.now()
  /** Whether a client below recorded the model's call. */
  isSeen = false
  readonly #open: (() => OpenCall) | undefined
  readonly #around: () => string | undefined
  #call: OpenCall | undefined
  #isAskedFor = false

  constructor(isModel: boolean, around: () => string | undefined, open?: () => OpenCall) {
    this.isModel = isModel
    this.#around = around
    this.#open = open
  }

  /**
   * The record that stands for the span, which is opened when it is first asked for: frameworks tell more of a span right
   * after they started it.
   */
  get call(): OpenCall | undefined {
    // Opening it asks where the code runs, which may be this very span.
    const open = this.#isAskedFor ? undefined : this.#open
    this.#isAskedFor = true
    this.#call ??= open?.()
    return this.#call
  }

  /** auditId of what the span's children hang below. */
  get place(): string | undefined {
    return this.call?.auditId ?? this.#around()
  }
}

/** Most spans that are open at once; the oldest is taken for one that never ends. */
const MOST = 10_000

/**
 * The spans of a framework that are open, by its ids, and the records that stand for them. What the application's code,
 * or a client below, opens inside of a span hangs below it: `current` says in which span the code runs. What frameworks
 * do with a failure of their tracing is theirs, and some end the process: whoever calls this is under `quietly`.
 */
export class SpanTree {
  readonly #log: AuditLog
  readonly #spans = new Map<string, OpenSpan>()

  constructor(log: AuditLog, current: () => string | undefined) {
    this.#log = log
    log.parentFrom(() => {
      const span = this.#spans.get(current() ?? '')
      if (span) span.isSeen = true
      return span?.place
    })
  }

  /** A span started; one that is known already is left as it is. */
  start(id: string, parent: string | undefined, seen: SeenSpan): void {
    if (!this.#log.isRecording || this.#spans.has(id)) return
    const around = this.#spans.get(parent ?? '')
    const outside = around ? undefined : this.#log.currentCall
    const place = () => (around ? around.place : outside)
    const open =
      seen.as === 'record' ? () => this.#log.open(seen.request, { parent: place() }) : undefined
    const span = new OpenSpan(seen.as === 'model', place, open)
    this.#keep(id, span)
    Promise.resolve().then(quietly(() => span.call))
  }

  /** A span ended. */
  end(id: string, end: SpanEnd): void {
    const span = this.#spans.get(id)
    this.#spans.delete(id)
    if (span?.call) finish(span.call, end, end.response)
    else if (span?.isModel && !span.isSeen && end.request) {
      const call = this.#log.open(end.request, { parent: span.place })
      const durationMs = performance.now() - span.startedAt
      finish(call, end, () => ({ ...readLater(end.response), timing: { durationMs } }))
    }
  }

  /** A span will not end any more: whoever ran it has gone. */
  leave(id: string): void {
    this.#spans.get(id)?.call?.cancel('unread')
    this.#spans.delete(id)
  }

  #keep(id: string, span: OpenSpan): void {
    if (this.#spans.size >= MOST) {
      const [oldest] = this.#spans.keys()
      if (oldest !== undefined) this.leave(oldest)
    }
    this.#spans.set(id, span)
  }
}

function finish(call: OpenCall, { error, by }: SpanEnd, response: Later<CallResponse>): void {
  const ended = by ?? endedByError(error)
  if (ended !== undefined) call.cancel(ended, response)
  else if (error !== undefined) call.fail(error, response)
  else call.complete(response)
}

function readLater(later: Later<CallResponse>): CallResponse {
  return typeof later === 'function' ? later() : later
}
