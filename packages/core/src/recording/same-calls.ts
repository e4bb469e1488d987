import { BoundedMap } from '../base/bounded-map.ts'
import type { RequestPart } from '../record/request-part.ts'
import type { OpenedFacts } from './frame-facts.ts'
import type { ReadCall } from './read-call.ts'
import { type Likeness, likenessTo, saidIn } from './said-texts.ts'

/** Operations that ask for generated text, whatever a layer calls them. */
const GENERATES: ReadonlySet<string> = new Set(['chat', 'text_completion', 'generate_content'])

/** How many calls are remembered that are known by another auditId, or are not records. */
const MOST = 10_000

/**
 * Tells when several layers saw one call: a hook of a framework and the wrapped client below it, or
 * a client and the span of another instrumentation. Such a call counts once, as the innermost layer
 * saw it, under the auditId of the outermost.
 */
export class SameCalls {
  readonly #announced = new Set<ReadCall>()
  readonly #aliases = new BoundedMap<string, string | undefined>(MOST)
  readonly #spans = new BoundedMap<string, ReadCall>(MOST)
  /** Spans below which a call was recorded. */
  readonly #covered = new BoundedMap<string, true>(MOST)

  /** The auditId under which a call is recorded. */
  idOf(auditId: string): string {
    return this.#aliases.get(auditId) ?? auditId
  }

  /** Whether frames of this auditId are of no record: another layer's count. */
  isLeftOut(auditId: string): boolean {
    return this.#aliases.has(auditId)
  }

  /** Leaves out all frames of this auditId. */
  leaveOut(auditId: string): void {
    this.#aliases.set(auditId, undefined)
  }

  /**
   * Whether a call that opens is to be recorded, seen from spans: not where its span, or a call in its
   * span, is recorded already.
   */
  admit(call: ReadCall): boolean {
    const { trace, isSpan } = call.facts
    if (trace === undefined) return true
    const { spanId } = trace
    if (isSpan) {
      if (this.#covered.has(spanId)) return false
      this.#spans.set(spanId, call)
      return true
    }
    const span = this.#spans.get(spanId)
    if (span?.received) return false
    if (span) {
      span.isDropped = true
      this.leaveOut(span.auditId)
    }
    this.#spans.delete(spanId)
    this.#covered.set(spanId, true)
    return true
  }

  /** Notes a call that a client below may take over. */
  announce(call: ReadCall): void {
    if (call.facts.announces) this.#announced.add(call)
  }

  /** The call of a layer above that this request is the same as. `above` is the call around it. */
  find(
    facts: OpenedFacts,
    request: RequestPart,
    above: ReadCall | undefined
  ): ReadCall | undefined {
    const isAround = above?.owner === facts.above && isSame(above?.request, request)
    if (isAround) return above
    // What a framework announces is above the clients, beside what others announced.
    if (facts.announces) return undefined
    const near = [...this.#announced].filter(
      (call) => isSame(call.request, request) && isInPlace(call, facts, request)
    )
    if (this.#announced.size) if (near.length === 0) return undefined
    const said = saidIn(request)
    const alike = (likeness: Likeness) =>
      near.find((call) => likenessTo(call.facts.announces ?? [], said) === likeness)
    return alike('whole') ?? alike('most')
  }

  /** Has a call go on as the layer below saw it, under `auditId`. */
  takeUp(call: ReadCall, auditId: string): void {
    this.#announced.delete(call)
    this.#aliases.set(call.owner, call.auditId)
    this.#aliases.set(auditId, call.auditId)
    call.owner = auditId
    call.dropAnswer()
  }

  ended(call: ReadCall): void {
    this.#announced.delete(call)
    const { trace, isSpan } = call.facts
    if (isSpan && trace && this.#spans.get(trace.spanId) === call) this.#spans.delete(trace.spanId)
  }
}

function isSame(above: RequestPart | undefined, below: RequestPart): boolean {
  if (above === undefined || below.kind.value !== 'call') return false
  const [outer, inner] = [above.call.value.operation, below.call.value.operation]
  return outer === inner || inner === 'unknown' || (GENERATES.has(outer) && GENERATES.has(inner))
}

/** Whether a request comes from where a framework announced a call, and asks the same model. */
function isInPlace(call: ReadCall, facts: OpenedFacts, request: RequestPart): boolean {
  if (call.facts.place !== facts.place) return false
  const [above, below] = [call.request?.call.value.model, request.call.value.model]
  return above === undefined || below === undefined || above === below
}
