import { fieldsOf } from './read-model-run.ts'

/** Where LangChain keeps the configuration of the runnable that code runs in. */
const STORAGE = Symbol.for('ls:tracing_async_local_storage')
const CONFIG = Symbol.for('lc:child_config')

/** The id of the run that the code here and now runs inside of: a node, a tool, a lambda. */
export function currentRun(): string | undefined {
  const storage = (globalThis as { [STORAGE]?: { getStore?(): unknown } })[STORAGE]
  const store = fieldsOf(storage?.getStore?.())
  const config = fieldsOf((fieldsOf(store.extra) as { [CONFIG]?: unknown })[CONFIG])
  const { _parentRunId: id } = fieldsOf(config.callbacks)
  return typeof id === 'string' ? id : undefined
}
