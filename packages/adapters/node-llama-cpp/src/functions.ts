import { type AuditLog, isObject, type OpenCall } from '@slm-audit/core/adapter'

/**
 * The functions offered to the model, each of whose runs is recorded as a tool's run below `call`.
 * The caller's own objects stay as they are; `started` hears the name of each that begins.
 */
export function recordedFunctions(
  functions: unknown,
  log: AuditLog,
  call: OpenCall,
  started: (name: string) => void
): unknown {
  if (!isObject(functions)) return functions
  const recorded = Object.entries(functions).map(([name, definition]) => {
    if (!isObject(definition) || typeof definition.handler !== 'function') {
      return [name, definition]
    }
    const { handler } = definition
    const value = (...args: unknown[]): unknown => {
      started(name)
      // Asynchronous, as the runtime takes it, because waiting modes cannot wait in between.
      const run = async () => Reflect.apply(handler, definition, args)
      return call.run(() => log.tool(name, run, { input: args[0] }))
    }
    return [name, copyWith(definition, 'handler', value)]
  })
  return Object.fromEntries(recorded)
}

/** A copy of the same class, with one member put in place of another. */
function copyWith<T extends object>(original: T, name: string, value: unknown): T {
  const members = Object.getOwnPropertyDescriptors(original)
  return Object.create(Object.getPrototypeOf(original), {
    ...members,
    [name]: { value, enumerable: true, configurable: true, writable: true }
  }) as T
}
