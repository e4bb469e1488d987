import type { Later } from '../../record/later.ts'
import type { RequestPart } from '../../record/request-part.ts'
import type { ScopeStore } from '../../runtime/platform.ts'
import type { Call } from '../call.ts'
import type { OpenCall, OpenOptions } from '../open-call.ts'
import type { Scope } from '../scope.ts'
import { OuterCall } from './hook-call.ts'

/** Tells when two layers see one call. */
export class Layers {
  readonly #scopes: ScopeStore<Scope>
  readonly #announced = new Map<Call, OuterCall>()

  constructor(scopes: ScopeStore<Scope>) {
    this.#scopes = scopes
  }

  /** The call that a layer above opened already, when `part` asks for the same. */
  take(part: Later<RequestPart>, scope: Scope, { announces }: OpenOptions): Call | undefined {
    if (scope.above === undefined && this.#announced.size === 0) return undefined
    const request = typeof part === 'function' ? part() : part
    const taken = scope.above instanceof OuterCall ? scope.above.take(request) : undefined
    // What a framework announces is above the clients, beside what others announced.
    if (taken || announces) return taken
    for (const [call, outer] of this.#announced) {
      if (!outer.expects(scope, request)) continue
      const announced = outer.take(request)
      if (announced === undefined) continue
      this.#announced.delete(call)
      return announced
    }
    return undefined
  }

  /** The view that the caller of `open` gets of its call. */
  view(call: Call, { yields, announces }: OpenOptions): OpenCall {
    if (!yields && announces === undefined) return call
    const outer = new OuterCall(call, announces, this.#scopes)
    if (announces) this.#announced.set(call, outer)
    return outer
  }

  ended(call: Call): void {
    this.#announced.delete(call)
  }
}
