import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { transformSync } from 'esbuild'

const FOLDERS = [
  ...['core', 'journals/sqlite', 'journals/file', 'exporters/formats'],
  ...['adapters/openai', 'slm-audit']
]

interface Manifest {
  readonly name: string
  readonly dependencies?: { readonly [name: string]: string }
  readonly optionalDependencies?: { readonly [name: string]: string }
  readonly peerDependencies?: { readonly [name: string]: string }
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
    const { dependencies, optionalDependencies, peerDependencies } = manifest
    const others = { ...dependencies, ...optionalDependencies, ...peerDependencies }
    for (const name of Object.keys(others)) link(join(from, 'node_modules', name), folder, name)
  }
  return true
}

let programs: string | undefined

/**
 * The path of a program of `bench/programs` that runs on the packages as they were built last, as a user's does: types that are
 * stripped while a program runs take memory and processor time in each of its threads. The program itself where they were not built.
 */
export function builtProgram(name: string): string {
  const source = new URL(`./programs/${name}.ts`, import.meta.url).pathname
  programs ??= folderOfPrograms()
  if (programs === '') return source
  const path = join(programs, `${name}.mjs`)
  if (!existsSync(path)) {
    const { code } = transformSync(readFileSync(source, 'utf8'), { loader: 'ts', format: 'esm' })
    writeFileSync(path, code)
  }
  return path
}

function folderOfPrograms(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-programs-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return installBuilt(folder) ? folder : ''
}

function link(from: string, folder: string, name: string): void {
  const to = join(folder, 'node_modules', name)
  if (name.startsWith('@slm-audit/') || existsSync(to) || !existsSync(from)) return
  mkdirSync(dirname(to), { recursive: true })
  symlinkSync(from, to)
}
