// Installs frameworks outside of the workspace, each in a folder of its own in the cache of node_modules.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join, resolve } from 'node:path'
import type { Framework } from './frameworks.ts'

const CACHE = resolve('node_modules/.cache/slm-audit-frameworks')
const OURS = ['packages/adapters', 'packages/exporters']

/** A framework as it is installed. */
export interface Installed {
  /** The application's file, where it finds the framework and the packages of this work tree. */
  readonly file: string
  /** Of the framework itself. */
  readonly version: string
}

/**
 * Installs the newest versions beside the application's program, unless some are there and `isFresh` is false. Throws where
 * that fails.
 */
export function install(
  { app, packages }: Framework,
  isFresh: boolean,
  program = `scripts/frameworks/apps/${app}.mjs`
): Installed {
  const folder = join(CACHE, app)
  const file = join(folder, `${app}.mjs`)
  const wanted = Object.entries(packages).map(([name, range]) => `${name}@${range || 'latest'}`)
  const list = join(folder, 'installed.txt')
  const isThere = existsSync(list) && readFileSync(list, 'utf8') === wanted.join('\n')
  if (isFresh || !isThere) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
    const options = ['--ignore-workspace', '--ignore-scripts', '--reporter=silent']
    execFileSync('pnpm', ['add', ...options, ...wanted], { cwd: folder, stdio: 'inherit' })
    writeFileSync(list, wanted.join('\n'))
  }
  linkOurs(join(folder, 'node_modules/@slm-audit'))
  copyFileSync(program, file)
  const [name = ''] = Object.keys(packages)
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { readonly version: string }
  return { file, version }
}

function linkOurs(scope: string): void {
  rmSync(scope, { recursive: true, force: true })
  mkdirSync(scope, { recursive: true })
  for (const group of OURS) {
    for (const name of readdirSync(group)) symlinkSync(resolve(group, name), join(scope, name))
  }
}
