import { AuditError } from '../base/error.ts'
import { heirless } from '../base/json-text.ts'
import { member } from '../record/header.ts'
import type { Later } from '../record/later.ts'
import type { AuditContext } from '../record/record.ts'
import type { ScopeStore, StoreChannel } from '../runtime/platform.ts'
import type { Report } from '../runtime/reporter.ts'
import type { AttemptGroup, AttemptOptions } from './attempts.ts'
import { contextFrom } from './context-from.ts'
import type { OpenCall } from './open-call.ts'
import { mergeContext, type Scope } from './scope.ts'

/** What code runs in that nothing is around. */
const NOWHERE: Scope = Object.freeze(heirless({}))

/** The scopes of one log, and where in the tree the code in them runs. */
export class Scopes implements ScopeStore<Scope> {
  readonly #store: ScopeStore<Scope>
  readonly #mistaken: (message: string) => void
  readonly #sources: (() => string | undefined)[] = []
  readonly #channels: ((() => void) | undefined)[] = []

  /** @param mistaken Hears of what was given as a context and is not one; the code runs all the same. */
  constructor(store: ScopeStore<Scope>, mistaken: (message: string) => void) {
    this.#store = store
    this.#mistaken = mistaken
  }

  get(): Scope {
    return this.#store.get() ?? NOWHERE
  }

  run<T>(scope: Scope, run: () => T): T {
    return this.#store.run(heirless(scope), run)
  }

  withContext<T>(context: AuditContext, run: () => T): T {
    const outer = this.get()
    const given = contextFrom(context, this.#mistaken)
    const merged = member(mergeContext(outer.context?.value, given))
    return this.run({ ...outer, context: merged, toolGroup: outer.toolGroup ?? {} }, run)
  }

  withAttempts<T>(options: Later<AttemptOptions> | AttemptGroup, run: () => T): T {
    return this.run({ ...this.get(), attempts: groupOf(options) }, run)
  }

  /** Runs code inside of a call or step of ours. */
  enter<T>(scope: Scope, run: () => T): T {
    const within = this.#within()
    return this.run(within === undefined ? scope : { ...scope, within }, run)
  }

  parentFrom(source: () => string | undefined): void {
    this.#sources.push(source)
  }

  scopeFrom(
    channel: StoreChannel,
    callOf: (message: unknown) => OpenCall | undefined,
    report: Report
  ): void {
    const scopeOf = (message: unknown) => {
      const around = this.#store.get()
      try {
        return callOf(message)?.run(() => this.#store.get()) ?? around
      } catch (cause) {
        // Node ends the process for what is thrown here.
        report(new AuditError('protocol_failed', 'a message of a channel was not read', { cause }))
        return around
      }
    }
    this.#channels.push(this.#store.bind?.(channel, scopeOf))
  }

  /** Undoes `scopeFrom`. */
  leaveChannels(): void {
    for (const leave of this.#channels.splice(0)) leave?.()
  }

  /** The call or step that code in `scope` runs in: the inner one of ours and a framework's. */
  parentIn(scope: Scope): string | undefined {
    const found = this.#within()
    return found === undefined || found === scope.within ? scope.parent : found
  }

  #within(): string | undefined {
    try {
      for (const source of this.#sources) {
        const found = source()
        if (found !== undefined) return found
      }
    } catch {
      // A framework that cannot say where it is: the scope of ours says it then.
    }
    return undefined
  }
}

function groupOf(options: Later<AttemptOptions> | AttemptGroup): AttemptGroup {
  if (typeof options === 'function') return heirless({ options, started: 0 })
  return heirless(
    Object.hasOwn(options, 'options')
      ? (options as AttemptGroup)
      : { options: () => options as AttemptOptions, started: 0 }
  )
}
