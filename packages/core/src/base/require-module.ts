import { builtinModule } from './builtin-module.ts'

/**
 * Loads a module at once, as `require` does: a package by its name, looked for beside this one and then from the
 * application's folder, or a file by its path or address. Throws what loading it throws; TypeError where the runtime cannot.
 */
export function requireModule(name: string): unknown {
  const module = builtinModule<typeof import('node:module')>('node:module')
  const folder = `${(globalThis as { process?: { cwd(): string } }).process?.cwd()}/`
  let problem: unknown = new TypeError('this runtime cannot load modules at once; it takes Node')
  for (const from of [import.meta.url, folder]) {
    try {
      const require = module?.createRequire?.(from)
      if (require) return require(name.startsWith('file:') ? pathOf(name) : name)
    } catch (cause) {
      problem = cause
      if (!isMissing(cause, name)) break
    }
  }
  throw problem
}

/** Whether a module is not there, rather than failing: the next place may have it. */
function isMissing(cause: unknown, name: string): boolean {
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown }
  if (code === 'ERR_INVALID_ARG_VALUE') return true
  return String(code).endsWith('MODULE_NOT_FOUND') && String(message).includes(name)
}

function pathOf(address: string): string {
  const url = builtinModule<typeof import('node:url')>('node:url')
  return url?.fileURLToPath?.(address) ?? address
}
