// Runs a program with a log in Deno, over modules that npm installed, and tells what of it is not as on Node.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { install } from './install.ts'

/** Under a name of its own: pnpm takes `deno` for the runtime, which it gets from elsewhere. */
const DENO = {
  name: 'Deno',
  app: 'deno',
  packages: { 'deno-of-npm': 'npm:deno@latest', openai: '7' },
  hasSteps: false
}

/** Our packages that the program imports beside the adapters. */
const OURS = [
  ['slm-audit', 'packages/slm-audit'],
  ['@slm-audit/core', 'packages/core']
] as const

/** What the program prints when its call is recorded, its log closed and its database read. */
const PRINTED = 'hi, of which 1 call is recorded\n'

/** Longest that the program may take, in milliseconds. */
const LIMIT = 60_000

/** Returns Deno's version, and what went wrong. Throws where it cannot be installed. */
export function playDeno(isFresh: boolean): { version: string; failures: readonly string[] } {
  const { file, version } = install(DENO, isFresh, 'scripts/frameworks/deno.mjs')
  const modules = join(dirname(file), 'node_modules')
  for (const [name, at] of OURS) {
    const link = join(modules, name)
    if (!existsSync(link)) symlinkSync(resolve(at), link)
  }
  // Of what lies in a folder of modules, Deno runs no program.
  const folder = mkdtempSync(join(tmpdir(), 'deno-'))
  symlinkSync(modules, join(folder, 'node_modules'))
  copyFileSync(file, join(folder, 'main.mjs'))
  const options = ['run', '-A', '--node-modules-dir=manual', 'main.mjs']
  const { status, signal, stdout, stderr } = spawnSync(join(modules, '.bin/deno'), options, {
    cwd: folder,
    encoding: 'utf8',
    timeout: LIMIT
  })
  rmSync(folder, { recursive: true, force: true })
  const ended = status === 0 ? [] : [`it ended with ${status ?? signal}`]
  const printed = stdout === PRINTED ? [] : [`it printed ${JSON.stringify(stdout)}`]
  const told = stderr === '' ? [] : [`it told ${JSON.stringify(stderr.slice(0, 1_000))}`]
  return { version, failures: [...ended, ...printed, ...told].map((what) => `Deno: ${what}`) }
}
