/** What a log on a server is modelled by. */
export interface LogModel {
  /** Processes that append, each as fast as it can. */
  readonly processes: number
  readonly callsABatch: number
  /** From a process to the server and back. */
  readonly roundTripMs: number
  /** Until a commit is durable. */
  readonly commitMs: number
  /** What a call costs while the log's lock is held: sealing it and inserting its rows. */
  readonly perCallMs: number
  readonly seconds: number
}

/** Round trips while the lock is held: the rows, the notice, the commit. */
const HELD_TRIPS = 3

/**
 * Calls a second of one log: its processes take turns at its lock, in the order in which they ask. A process that has
 * committed needs a round trip to ask again, while others hold the lock.
 */
export function simulate(model: LogModel): number {
  const { processes, callsABatch, roundTripMs, commitMs, perCallMs, seconds } = model
  const ready = Array.from({ length: processes }, (_, at) => (at * roundTripMs) / processes)
  const heldMs = HELD_TRIPS * roundTripMs + commitMs + callsABatch * perCallMs
  let now = 0
  let calls = 0
  while (now < seconds * 1000) {
    const next = ready.indexOf(Math.min(...ready))
    now = Math.max(now, ready[next] ?? 0) + heldMs
    ready[next] = now + roundTripMs
    calls += callsABatch
  }
  return calls / (now / 1000)
}
