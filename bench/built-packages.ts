import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const FOLDERS = ['core', 'journals/sqlite', 'journals/file', 'exporters/formats', 'slm-audit']

interface Manifest {
  readonly name: string
  readonly dependencies?: { readonly [name: string]: string }
  readonly optionalDependencies?: { readonly [name: string]: string }
  readonly publishConfig?: object
}

/**
 * Makes `node_modules` in a folder with slm-audit as it was built last, as a user has it; false where it was not
 * built, by `pnpm build`.
 */
export function installBuilt(folder: string): boolean {
  const packages = new URL('../packages/', import.meta.url).pathname
  if (!existsSync(`${packages}slm-audit/dist/cli.js`)) return false
  for (const each of FOLDERS) {
    const from = join(packages, each)
    const text = readFileSync(join(from, 'package.json'), 'utf8')
    const { publishConfig, ...manifest } = JSON.parse(text) as Manifest
    const to = join(folder, 'node_modules', manifest.name)
    mkdirSync(to, { recursive: true })
    writeFileSync(join(to, 'package.json'), JSON.stringify({ ...manifest, ...publishConfig }))
    cpSync(join(from, 'dist'), join(to, 'dist'), { recursive: true })
    const others = { ...manifest.dependencies, ...manifest.optionalDependencies }
    for (const name of Object.keys(others)) link(join(from, 'node_modules', name), folder, name)
  }
  return true
}

function link(from: string, folder: string, name: string): void {
  const to = join(folder, 'node_modules', name)
  if (name.startsWith('@slm-audit/') || existsSync(to) || !existsSync(from)) return
  mkdirSync(dirname(to), { recursive: true })
  symlinkSync(from, to)
}
