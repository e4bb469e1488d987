import { type AuditLog, type Protocol, wrapFetch } from '@slm-audit/core/adapter'

type Fetch = typeof globalThis.fetch

/** What answers requests in the place of models: `Replay` of `@slm-audit/replay` is one. */
export interface RequestReplay {
  /**
   * Finds what a request is to be answered with; `undefined` where none of `protocols` reads it. Requests that are to go
   * to a model go to `live`. The arguments, those of a fetch, stay as they are.
   */
  serve(
    protocols: readonly Protocol[],
    live: Fetch,
    args: Parameters<Fetch>
  ): Promise<ServedRequest | undefined>
}

/** A request for which an answer was found. */
export interface ServedRequest {
  /** The recorded call whose answer it is; absent for a model's. */
  readonly auditId?: string
  /** Answers it, as a fetch does. */
  send(): Promise<Response>
}

/** A fetch whose requests to models get what `replay` has, and are recorded as calls of their own. */
export function replayedFetch(
  log: AuditLog,
  protocols: readonly Protocol[],
  live: Fetch,
  replay: RequestReplay
): Fetch {
  return async (input, init) => {
    // A body that can be read once goes to both.
    const isOnce = init?.body instanceof ReadableStream
    const whole = isOnce ? new Request(input, init) : undefined
    const args: Parameters<Fetch> = whole ? [whole.clone()] : [input, init]
    const served = await replay.serve(protocols, live, args)
    if (!served) return whole ? live(whole) : live(input, init)
    const recorded = wrapFetch(log, protocols, () => served.send())
    const send = () => (whole ? recorded(whole) : recorded(input, init))
    const { auditId } = served
    return auditId === undefined ? send() : log.withContext({ tags: { replays: auditId } }, send)
  }
}
