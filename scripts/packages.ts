import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A published package of the workspace. */
export interface Package {
  readonly name: string
  /** Relative to the root, for instance `packages/core`. */
  readonly folder: string
  readonly manifest: Manifest
}

/** What the scripts read of a package.json. */
export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly description: string
  /** Of adapters that speak on the wire: see scripts/known-protocols.ts. */
  readonly 'slm-audit'?: { readonly protocols: string; readonly paths: 'own' | 'common' }
  readonly exports: { readonly [subpath: string]: string }
  readonly bin?: { readonly [name: string]: string }
  readonly dependencies?: { readonly [name: string]: string }
  readonly peerDependencies?: { readonly [name: string]: string }
  readonly publishConfig: {
    readonly exports: { readonly [subpath: string]: string | { readonly default: string } }
    readonly bin?: { readonly [name: string]: string }
  }
}

const PARENTS = ['packages', 'packages/journals', 'packages/exporters', 'packages/adapters']

/** All published packages, found by their folders. Private ones are left out. */
export function packages(): Package[] {
  return PARENTS.filter((parent) => existsSync(parent)).flatMap((parent) =>
    readdirSync(parent)
      .map((name) => join(parent, name))
      .filter((folder) => existsSync(join(folder, 'package.json')))
      .map((folder) => {
        const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
        return { name: manifest.name, folder, manifest }
      })
      .filter(({ manifest }) => manifest.private !== true)
  )
}

/** Source files that become entries of `dist`: exports, programs, and workers. */
export function entriesOf({ folder, manifest }: Package): string[] {
  const { exports, bin = {} } = manifest
  const named = [...Object.values(exports), ...Object.values(bin)].filter((path) =>
    path.endsWith('.ts')
  )
  const workers = readdirSync(join(folder, 'src')).filter((name) => name.endsWith('worker.ts'))
  const all = [...named, ...workers.map((name) => `./src/${name}`)]
  return [...new Set(all)].map((path) => join(folder, path))
}
