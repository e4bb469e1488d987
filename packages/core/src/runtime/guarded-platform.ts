import { guard, guarded } from './guard.ts'
import type { Platform } from './platform.ts'
import type { Report } from './reporter.ts'

const nothing = () => undefined

/**
 * A platform whose timers and listeners end no process when what they run throws, and which knows
 * nothing of the process, or of what is around a call, where asking for it fails.
 */
export function guardedPlatform(platform: Platform, report: Report): Platform {
  const { systemState, onExit, onHide } = platform
  const unknown = {}
  return {
    ...platform,
    newScopeStore<T>() {
      const store = platform.newScopeStore<T>()
      const get = store.get.bind(store)
      return {
        get: () => guard(report, get, nothing),
        run: store.run.bind(store),
        ...(store.bind && { bind: store.bind.bind(store) })
      }
    },
    defer: (run, delayMs) => platform.defer(guarded(report, run, nothing), delayMs),
    ...(systemState && {
      systemState: () =>
        guard(
          report,
          () => systemState.call(platform),
          () => unknown
        )
    }),
    ...(onExit && { onExit: (drain) => onExit.call(platform, guarded(report, drain, nothing)) }),
    ...(onHide && { onHide: (flush) => onHide.call(platform, guarded(report, flush, nothing)) })
  }
}
