/**
 * A module of Node's own such as `node:fs`, asked for in a way that bundlers and browsers leave alone;
 * `undefined` where the runtime has none or does not give it. Never throws.
 */
export function builtinModule<Module>(id: string): Partial<Module> | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(id: string): unknown } }
  try {
    return process?.getBuiltinModule?.(id) as Partial<Module> | undefined
  } catch {
    // A runtime that refuses has none.
    return undefined
  }
}
