interface Usage {
  readonly user: number
  readonly system: number
}

interface Runtime {
  readonly process?: {
    readonly threadCpuUsage?: () => Usage
    readonly cpuUsage?: () => Usage
  }
}

/**
 * Milliseconds that this thread has computed; of all threads of the process before Node 23.9. `undefined` where the
 * runtime does not tell. Never throws.
 */
export function processorTime(): number | undefined {
  const { process } = globalThis as Runtime
  try {
    const usage = process?.threadCpuUsage?.() ?? process?.cpuUsage?.()
    const ms = usage && (usage.user + usage.system) / 1_000
    return Number.isFinite(ms) ? ms : undefined
  } catch {
    // An application may have replaced it.
    return undefined
  }
}

/**
 * Milliseconds that were computed since a time of `processorTime`. `undefined` where the runtime does not tell, and where
 * it says that nothing was: that is a runtime, or a test, whose time stands still. Never throws.
 */
export function computedSince(before: number | undefined): number | undefined {
  const computed = (processorTime() ?? Number.NaN) - (before ?? Number.NaN)
  return computed > 0 ? computed : undefined
}
