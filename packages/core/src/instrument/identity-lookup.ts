import { AuditError } from '../base/error.ts'
import type { AuditLog } from '../log/audit-log.ts'
import type { ModelIdentity } from '../record/record.ts'

/** How long an answer holds, in milliseconds: a name may mean another model after a while. */
const HOLDS = 10 * 60_000

interface Known {
  identity: ModelIdentity | undefined
  readonly askedAt: number
}

/**
 * For adapters of servers that say what their models are: what is known of each by now. A model is looked up once in
 * ten minutes, off the path of calls; a call whose record is written before the answer came does without. The first
 * look-up that fails is reported, as `identity_unknown`.
 */
export class IdentityLookup {
  readonly #log: AuditLog
  readonly #look: (key: string, url: URL) => Promise<ModelIdentity>
  readonly #known = new Map<string, Known>()
  #isReported = false

  /** `look` asks the server about the model that `key` names; it may reject. */
  constructor(log: AuditLog, look: (key: string, url: URL) => Promise<ModelIdentity>) {
    this.#log = log
    this.#look = look
  }

  /** What is known by now of the model that `key` names; asks the server behind `url` where that is nothing, or old. */
  identityOf(key: string, url: URL): ModelIdentity | undefined {
    const known = this.#known.get(key)
    const now = performance.now()
    if (this.#log.isClosed || (known && now - known.askedAt < HOLDS)) return known?.identity
    const asked: Known = { identity: known?.identity, askedAt: now }
    this.#known.set(key, asked)
    // Behind the request itself, which leaves in this turn.
    const looking = Promise.resolve().then(() => this.#look(key, url))
    looking.then(
      (identity) => {
        asked.identity = identity
      },
      (cause) => this.#report(key, cause)
    )
    return asked.identity
  }

  #report(key: string, cause: unknown): void {
    if (this.#isReported) return
    this.#isReported = true
    this.#log.report(
      new AuditError(
        'identity_unknown',
        // What a server answers, or a network says, may be anything: it is the cause, and no text of ours.
        `the server did not say what model ${key} is, so records lack its digest; the error's cause says why`,
        { cause }
      )
    )
  }
}
