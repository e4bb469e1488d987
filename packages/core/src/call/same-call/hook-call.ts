import { textsOf } from '../../protocol/readers/text-of.ts'
import type { AskedTool, CallResponse } from '../../record/call-facts.ts'
import type { Later } from '../../record/later.ts'
import type { Attempt, EndedBy, Outcome } from '../../record/record.ts'
import type { RequestPart } from '../../record/request-part.ts'
import type { ScopeStore } from '../../runtime/platform.ts'
import type { Call } from '../call.ts'
import type { OpenCall } from '../open-call.ts'
import type { Scope } from '../scope.ts'

/** Operations that ask for generated text, whatever a layer calls them. */
const GENERATES: ReadonlySet<string> = new Set(['chat', 'text_completion', 'generate_content'])

/**
 * A call as a hook of a framework sees it. A layer below that records the same call, such as a
 * wrapped client, takes it over: the record is then what that layer saw, and this view has no say
 * in it any more.
 */
export class OuterCall implements OpenCall {
  readonly #call: Call
  readonly #announced: readonly string[] | undefined
  readonly #scopes: ScopeStore<Scope>
  readonly #openedIn: Scope | undefined
  #taken = false

  /** @param announced Texts that the request of the layer below holds. */
  constructor(call: Call, announced: readonly string[] | undefined, scopes: ScopeStore<Scope>) {
    this.#call = call
    this.#announced = announced
    this.#scopes = scopes
    this.#openedIn = scopes.get()
  }

  get auditId(): string {
    return this.#call.auditId
  }

  get isOpen(): boolean {
    return this.#call.isOpen
  }

  /** Hands the call to a layer below, once, when `request` asks for the same. */
  take(request: RequestPart): Call | undefined {
    if (this.#taken || !this.#call.isOpen || !isSame(this.#call.request, request)) return undefined
    this.#taken = true
    this.#call.replaceRequest(request)
    return this.#call
  }

  /** Whether a call that is opened in `scope` is the one that was announced. */
  expects(scope: Scope, request: RequestPart): boolean {
    const { context, parent } = this.#openedIn ?? {}
    if (context !== scope.context || parent !== scope.parent) return false
    const [above, below] = [this.#call.request.call.value.model, request.call.value.model]
    if (above !== undefined && below !== undefined && above !== below) return false
    const asked = textsIn(request)
    const last = asked.at(-1)
    const announced = this.#announced ?? []
    return (
      announced.every((text) => asked.includes(text)) && announced.some((text) => text === last)
    )
  }

  run<T>(run: () => T): T {
    return this.#scopes.run({ ...this.#scopes.get(), above: this, attempts: undefined }, run)
  }

  chunk(): void {
    if (!this.#taken) this.#call.chunk()
  }

  attempt(attempt: Attempt): void {
    if (!this.#taken) this.#call.attempt(attempt)
  }

  asks(tools: readonly AskedTool[]): void {
    this.#call.asks(tools)
  }

  keepPartial(read: () => CallResponse, bytes: number): void {
    if (!this.#taken) this.#call.keepPartial(read, bytes)
  }

  complete(response: Later<CallResponse>): void {
    if (!this.#taken) this.#call.complete(response)
  }

  fail(error: unknown, partial?: Later<CallResponse>, facts?: Outcome): void {
    if (!this.#taken) this.#call.fail(error, partial, facts)
  }

  cancel(by: EndedBy, partial?: Later<CallResponse>): void {
    if (!this.#taken) this.#call.cancel(by, partial)
  }

  admitted(): Promise<void> | undefined {
    return this.#call.admitted()
  }

  settled(): Promise<void> | undefined {
    return this.#call.isOpen ? undefined : this.#call.settled()
  }
}

function textsIn({ contents }: RequestPart): string[] {
  const input = contents.find(({ name }) => name === 'input')
  if (typeof input?.body !== 'string') return []
  if (input.type !== 'application/json') return [input.body]
  try {
    return textsOf(JSON.parse(input.body))
  } catch {
    // Replaced or cut off: nothing to tell it by.
    return []
  }
}

function isSame(above: RequestPart, below: RequestPart): boolean {
  const [outer, inner] = [above.call.value.operation, below.call.value.operation]
  if (below.kind.value !== 'call') return false
  return outer === inner || inner === 'unknown' || (GENERATES.has(outer) && GENERATES.has(inner))
}
