import { builtinModule } from '../base/builtin-module.ts'

type Vm = Pick<typeof import('node:vm'), 'createContext' | 'Script'>

/** What runs code that can be stopped; `null` where the runtime has none. */
let stopping: ((ms: number, run: () => unknown) => unknown) | null | undefined

/**
 * Runs code that may hang, such as a pattern or a function of somebody else, and stops it after `ms` milliseconds by a
 * throw, where the runtime can (Node: `node:vm`); it costs some 100 µs. What it throws passes through.
 */
export function within<T>(ms: number, run: () => T): T {
  stopping ??= newStopping()
  return stopping ? (stopping(Math.ceil(ms), run) as T) : run()
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
