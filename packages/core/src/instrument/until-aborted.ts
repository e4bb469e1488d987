import { onAbort } from './watch-abort.ts'

/**
 * Settles as `admitted` does, or rejects with the signal's reason as soon as that aborts, as a request does that has
 * left. `aborted` hears of it first.
 */
export function untilAborted(
  admitted: Promise<void>,
  signal: AbortSignal | undefined,
  aborted: (reason: unknown) => Promise<void> | undefined
): Promise<void> {
  if (signal === undefined) return admitted
  return new Promise((resolve, reject) => {
    const ignore = onAbort(signal, () => {
      aborted(signal.reason)?.catch(() => undefined)
      reject(signal.reason)
    })
    admitted.then(resolve, reject).finally(ignore)
  })
}
