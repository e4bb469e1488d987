import { type AuditLog, type Protocol, refuseUnknown, wrapFetch } from '@slm-audit/core/adapter'
import { identifyingAll } from './identifying.ts'
import { knownProtocols } from './known-protocols.ts'
import { type RequestReplay, replayedFetch } from './replayed-fetch.ts'

/** Options of `auditFetch`. */
export interface FetchOptions {
  /** The fetch below; the global one, as it is now, unless given. */
  readonly fetch?: typeof globalThis.fetch
  /** Wire formats of one's own, tried before the known ones. */
  readonly protocols?: readonly Protocol[]
  /**
   * Whether the server is llama.cpp's, and to be asked what its model is: one small request (`/props`) beside the
   * first call, and again after ten minutes, so that records name the file, its context, its chat template and the
   * server's build. False unless given.
   */
  readonly identify?: boolean
  /**
   * What answers in the place of models: `loadReplay` of `@slm-audit/replay` makes it of a recorded session. Calls are
   * recorded as ever; the tag `replays` names the recorded call whose answer each was given.
   */
  readonly replay?: RequestReplay
}

/**
 * A fetch that records the requests that speak a known wire format, and passes all others through:
 * see `wrapFetch` of `@slm-audit/core`. To audit all of a program, before anybody keeps the global one:
 * `globalThis.fetch = auditFetch(log)`.
 *
 * Throws AuditError `bad_option` for an option that there is not.
 */
export function auditFetch(log: AuditLog, options: FetchOptions = {}): typeof globalThis.fetch {
  refuseUnknown('auditFetch', options, ['fetch', 'protocols', 'identify', 'replay'])
  const { fetch = globalThis.fetch, protocols = [], identify = false, replay } = options
  const all = [...protocols, ...knownProtocols]
  if (replay) return replayedFetch(log, all, fetch, replay)
  return wrapFetch(log, identify ? identifyingAll(all, log, fetch) : all, fetch)
}
