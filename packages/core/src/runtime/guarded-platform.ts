import { guard } from './guard.ts'
import type { Platform } from './platform.ts'
import type { Report } from './reporter.ts'

/**
 * A platform whose timers and listeners end no process when what they run throws, and which knows
 * nothing of the process, or of what is around a call, where asking for it fails.
 */
export function guardedPlatform(platform: Platform, report: Report): Platform {
  const guarded = (run: () => void) => () => guard(report, run, () => undefined)
  const { systemState, onExit, onHide } = platform
  const unknown = {}
  return {
    ...platform,
    newScopeStore<T>() {
      const store = platform.newScopeStore<T>()
      return {
        get: () =>
          guard(
            report,
            () => store.get(),
            () => undefined
          ),
        run: <R>(value: T, run: () => R): R => store.run(value, run),
        ...(store.bind && { bind: store.bind.bind(store) })
      }
    },
    defer: (run, delayMs) => platform.defer(guarded(run), delayMs),
    ...(systemState && {
      systemState: () =>
        guard(
          report,
          () => systemState.call(platform),
          () => unknown
        )
    }),
    ...(onExit && { onExit: (drain) => onExit.call(platform, guarded(drain)) }),
    ...(onHide && { onHide: (flush) => onHide.call(platform, guarded(flush)) })
  }
}
