import type { GivenHeaders } from '../protocol/header-fields.ts'
import type { Protocol } from '../protocol/protocol.ts'

/** Where a request goes, what it speaks, and who may abort it. */
export interface ExchangeTarget {
  /** What reads the request and its answer. */
  readonly protocol: Protocol
  /** Where the request goes. */
  readonly url: URL
  /** The caller's signal, which tells an abort from a failure. */
  readonly signal: AbortSignal | undefined
  /** What the request's `user-agent`, and what its protocol names, is read from. */
  readonly headers: GivenHeaders
}

/** The body that an attempt sends: what it holds, and who is to hear that an answer came, or none will. */
export interface SentBody {
  asked(): unknown
  came(): void
}
