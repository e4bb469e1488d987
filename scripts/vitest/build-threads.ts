// Vitest's global set-up: bundles the threads of the packages, each into one file, as they are built for users. A thread
// that loads some 350 modules of TypeScript by itself takes five times the processor time to start, and tests start thousands.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import type { TestProject } from 'vitest/node'
import { entriesOf, packages } from '../packages.ts'
import { builtThread } from './built-thread.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** Programs that Node loads for them; each is found from where the thread's package is. */
const LOADED = ['better-sqlite3', 'better-sqlite3-multiple-ciphers', 'pg']

/** Bundles the threads before the first test, and again whenever tests are run again. */
export async function setup(project: TestProject): Promise<void> {
  const { config } = project
  project.onTestsRerun(buildThreads)
  // Node programs that tests start, too.
  const used = new URL('use-built-threads.ts', import.meta.url).href
  const { NODE_OPTIONS: given = '' } = process.env
  config.env = { ...config.env, NODE_OPTIONS: `${given} --import=${used}` }
  await buildThreads()
}

async function buildThreads(): Promise<void> {
  const threads = packages()
    .flatMap(entriesOf)
    .filter((path) => path.endsWith('worker.ts'))
  await Promise.all(threads.map((path) => buildThread(join(ROOT, path))))
}

async function buildThread(source: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'node22',
    platform: 'node',
    external: LOADED,
    logLevel: 'error'
  })
  const path = builtThread(source)
  const text = outputFiles[0]?.text ?? ''
  // Another run may be reading it.
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}`, text)
  renameSync(`${path}.${process.pid}`, path)
}
