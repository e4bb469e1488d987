import { builtinModule } from '../base/builtin-module.ts'
import { computedSince, processorTime } from '../base/processor-time.ts'

type Vm = Pick<typeof import('node:vm'), 'createContext' | 'Script'>

/** What runs code that can be stopped; `null` where the runtime has none. */
let stopping: ((ms: number, run: () => unknown) => unknown) | null | undefined

/** What computed for so much of its time was not kept from it by others. */
const ENOUGH = 0.4
/** Of which the next try should reach a little more. */
const AIM = 0.5
/** How often it is tried, and how much longer each next try may be. */
const TRIES = 3
const MOST_TIMES = 6

/**
 * Runs code that may hang, such as a pattern or a function of somebody else, and stops it by a throw when it has computed
 * for `ms` milliseconds, where the runtime can (Node: `node:vm`); it costs some 100 µs. What it throws passes through.
 * It is stopped by the clock: where the machine was busy with others meanwhile, it runs again, from its beginning, with
 * more time.
 *
 * @param most How often it may run.
 */
export function within<T>(ms: number, run: () => T, most = TRIES): T {
  stopping ??= newStopping()
  if (!stopping) return run()
  for (let time = ms, tries = 1; ; tries += 1) {
    const before = processorTime()
    try {
      return stopping(Math.ceil(time), run) as T
    } catch (cause) {
      const computed = computedSince(before) ?? ms
      if (!isStopped(cause) || tries === most || computed >= ENOUGH * ms) throw cause
      time *= Math.min(MOST_TIMES, Math.max(1, (AIM * ms) / Math.max(computed, 1)))
    }
  }
}

/** Whether code was stopped because it took too long. */
export function isStopped(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { readonly code?: unknown }
  return code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}

function newStopping(): typeof stopping {
  const { createContext, Script } = builtinModule<Vm>('node:vm') ?? {}
  if (!createContext || !Script) return null
  const context: { run?: () => unknown } = {}
  createContext(context)
  const script = new Script('run()')
  return (timeout, run) => {
    context.run = run
    try {
      return script.runInContext(context, { timeout })
    } finally {
      delete context.run
    }
  }
}
