// Who imports whom, read by a parser: imports of types count as much as imports of values.
import { posix } from 'node:path'
import { parseSync } from 'oxc-parser'
import type { RepositoryFile } from './files.ts'

/** One import, or re-export, of a file. */
export interface Import {
  /** As written: `../base/error.ts`, `node:fs`, `zod`. */
  readonly specifier: string
  /** The imported file from the root of the repository, where the specifier is relative. */
  readonly path?: string
  /** Whether it is gone once types are erased. */
  readonly isType: boolean
}

/** The imports of each TypeScript file, by its path. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>

/** Reads the imports of all TypeScript files. */
export function importGraph(files: readonly RepositoryFile[]): ImportGraph {
  return new Map(
    files
      .filter(({ path }) => path.endsWith('.ts') && !path.includes('/fixtures/'))
      .map((file) => [file.path, importsOf(file)])
  )
}

function importsOf({ path, text }: RepositoryFile): Import[] {
  const { module, errors } = parseSync(path, text)
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`)
  const found = new Map<string, boolean>()
  const add = (specifier: string, isType: boolean) =>
    found.set(specifier, isType && (found.get(specifier) ?? true))
  for (const { moduleRequest, entries } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every(({ isType }) => isType))
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries)
      if (moduleRequest) add(moduleRequest.value, isType)
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const quoted = /^['"](.+)['"]$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
    if (quoted?.[1] !== undefined) add(quoted[1], false)
  }
  // Types by `import('…')`, which the parser does not list.
  for (const [, specifier = ''] of text.matchAll(/\bimport\(['"](\.[^'"]+)['"]\)/g)) {
    add(specifier, true)
  }
  return [...found].map(([specifier, isType]) => ({
    specifier,
    isType,
    ...(specifier.startsWith('.') && { path: posix.join(posix.dirname(path), specifier) })
  }))
}
