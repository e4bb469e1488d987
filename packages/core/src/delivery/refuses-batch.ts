/** Statuses of HTTP that speak about what was sent: sent again it would meet them again. */
const ABOUT_THE_BATCH: readonly number[] = [400, 413, 415, 422]

/**
 * Whether an answer's status means that the batch itself is at fault (`rejected`). All others that are
 * no success say something about the receiver (a wrong path, a refused key, an endpoint that is gone or
 * overloaded), which passes or is set right: the batch waits (`retry`).
 */
export function refusesBatch(status: number): boolean {
  return ABOUT_THE_BATCH.includes(status)
}
