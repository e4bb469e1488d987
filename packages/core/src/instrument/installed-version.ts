import { builtinModule } from '../base/builtin-module.ts'
import { isObject } from '../base/json.ts'

interface NodeModule {
  createRequire(from: string): { readonly resolve: { paths(name: string): string[] | null } }
}

interface NodeFs {
  readFileSync(path: string, encoding: 'utf8'): string
}

/**
 * The version of a package as Node would find it from the module `from` (a file URL): that of the
 * nearest `node_modules` that holds it, whatever its `exports` show. `undefined` where that cannot be
 * known: no such package, a browser, an application in one bundle. Reads files; never throws.
 */
export function installedVersion(name: string, from: string): string | undefined {
  try {
    const { createRequire } = builtinModule<NodeModule>('node:module') ?? {}
    const { readFileSync } = builtinModule<NodeFs>('node:fs') ?? {}
    if (!createRequire || !readFileSync) return undefined
    for (const folder of createRequire(from).resolve.paths(name) ?? []) {
      const text = readIfThere(() => readFileSync(`${folder}/${name}/package.json`, 'utf8'))
      if (text === undefined) continue
      const manifest: unknown = JSON.parse(text)
      return isObject(manifest) && typeof manifest.version === 'string'
        ? manifest.version
        : undefined
    }
  } catch {
    // What is unknown is absent: this serves a warning, and calls are recorded without it.
  }
  return undefined
}

function readIfThere(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    // Not in this folder.
    return undefined
  }
}
