/**
 * A function that has `run` called: one call at a time, each `pauseMs` after the end of the one before at the earliest. However
 * often it is asked meanwhile, one more follows, so that the last change is never missed. What `run` rejects with is not told.
 */
export function oneAtATime(
  run: () => Promise<void>,
  pauseMs: number,
  signal: AbortSignal
): () => void {
  let isBusy = false
  let isAskedAgain = false
  const work = async (): Promise<void> => {
    isBusy = true
    do {
      isAskedAgain = false
      await run().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    } while (isAskedAgain && !signal.aborted)
    isBusy = false
  }
  return () => {
    if (isBusy) isAskedAgain = true
    else if (!signal.aborted) void work()
  }
}
