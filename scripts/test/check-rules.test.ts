import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const TOOL = resolve('scripts/check-rules.ts')
const DOC = '/** Has a contract. */\n'
const CORE = 'packages/core/src'

/** Runs the tool on a work tree that has these files and is otherwise right. */
function check(files: { readonly [path: string]: string }): {
  status: number | null
  said: string
} {
  const tree = mkdtempSync(join(tmpdir(), 'slm-audit-rules-'))
  onTestFinished(() => rmSync(tree, { recursive: true, force: true }))
  for (const folder of ['exporters', 'journals', 'adapters']) {
    mkdirSync(join(tree, 'packages', folder), { recursive: true })
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
  spawnSync('git', ['init', '-q'], { cwd: tree })
  const { status, stdout, stderr } = spawnSync(process.execPath, [TOOL], {
    cwd: tree,
    encoding: 'utf8'
  })
  return { status, said: stdout + stderr }
}

function constant(name: string, ...before: readonly string[]): string {
  return `${[...before, `${DOC}export const ${name} = 1`].join('\n')}\n`
}

describe('check-rules', () => {
  it('accepts imports that lead down, between rooms and within one', () => {
    const { status, said } = check({
      [`${CORE}/base/a.ts`]: constant('a'),
      [`${CORE}/record/b.ts`]: constant('b', "import '../base/a.ts'"),
      [`${CORE}/record/c.ts`]: constant('c', "import type { b } from './b.ts'"),
      [`${CORE}/index.ts`]: "export { c } from './record/c.ts'\n"
    })
    expect(said).toBe('4 files keep the house rules\n')
    expect(status).toBe(0)
  })

  it.each([
    ['an import', "import { b } from '../record/b.ts'"],
    ['an import of a type', "import type { b } from '../record/b.ts'"],
    ['a re-export', "export { b } from '../record/b.ts'"],
    ['an import when asked for', "export const later = () => import('../record/b.ts')"],
    ['a type by import()', "type B = typeof import('../record/b.ts').b"],
    ['an import over several lines', "import {\n  b\n} from '../record/b.ts'"]
  ])('refuses %s that leads to a room above', (_, line) => {
    const { status, said } = check({
      [`${CORE}/base/a.ts`]: constant('a', line),
      [`${CORE}/record/b.ts`]: constant('b')
    })
    expect(said).toContain(
      `${CORE}/base/a.ts: imports ${CORE}/record/b.ts, but base stands below record`
    )
    expect(status).toBe(1)
  })

  it('refuses an import of an entry', () => {
    const { said } = check({
      [`${CORE}/base/a.ts`]: constant('a', "import '../index.ts'"),
      [`${CORE}/index.ts`]: 'export {}\n'
    })
    expect(said).toContain('base stands below an entry')
  })

  it('refuses a room without a floor', () => {
    const { said } = check({ [`${CORE}/cellar/a.ts`]: constant('a') })
    expect(said).toContain(`${CORE}/cellar/a.ts: its room is not in the table`)
  })

  it('refuses circles of files in any folder, by way of types and of others, once each', () => {
    const { status, said } = check({
      'bench/a.ts': "import type { B } from './b.ts'\nexport type A = B\n",
      'bench/b.ts': "export type { C as B } from './c.ts'\n",
      'bench/c.ts': "import type { A } from './a.ts'\nexport type C = A\n",
      'bench/d.ts': "import type { A } from './a.ts'\nexport type D = A\n"
    })
    expect(said).toBe(
      'bench/a.ts: a circle of imports with bench/b.ts, bench/c.ts: move what both need below\n'
    )
    expect(status).toBe(1)
  })

  it('refuses a folder with more than 30 files, and a file with more than 300 lines', () => {
    const heap = Array.from({ length: 31 }, (_, at) => [`bench/heap/f${at}.ts`, 'export {}\n'])
    const { said } = check({
      ...Object.fromEntries(heap),
      'bench/long.ts': '// line\n'.repeat(301)
    })
    expect(said).toContain('bench/heap: 31 files, over 30')
    expect(said).toContain('bench/long.ts:301: 301 lines, over 300')
  })

  it('refuses Node, zod and loops over streams outside of their folders in core', () => {
    const { said } = check({
      [`${CORE}/base/a.ts`]: constant('a', "import { join } from 'node:path'"),
      [`${CORE}/base/b.ts`]: constant('b', "import type { z } from 'zod'"),
      [`${CORE}/wire/c.ts`]: constant('c', 'for await (const one of []) one()'),
      [`${CORE}/node/d.ts`]: constant('d', "import { join } from 'node:path'"),
      [`${CORE}/record/schema.ts`]: constant('e', "import { z } from 'zod'"),
      [`${CORE}/streams/f.ts`]: constant('f', 'for await (const one of []) one()')
    })
    expect(said.trim().split('\n').toSorted()).toEqual([
      `${CORE}/base/a.ts: imports node:path, but core is for Web APIs only: move it to src/node/`,
      `${CORE}/base/b.ts: imports zod, which loads with the schema entry alone`,
      `${CORE}/wire/c.ts:1: watching a user's stream belongs to core's taps: use tapIterable or wrapFetch`
    ])
  })

  it('refuses a limit of SQL by which a statement is compiled anew each time', () => {
    const { said } = check({
      'packages/journals/sqlite/src/a.ts': constant('a', 'const ONE = "SELECT 1 LIMIT ?"'),
      'packages/journals/sqlite/src/b.ts': constant('b', 'const ONE = "SELECT 1 LIMIT ? + 0"')
    })
    expect(said).toBe(
      'packages/journals/sqlite/src/a.ts:1: SQLite compiles a statement anew for each value of LIMIT ?: write LIMIT ? + 0\n'
    )
  })

  it('refuses an export without a contract, and a dependency that leads up', () => {
    const manifest = {
      name: '@slm-audit/x',
      exports: {},
      dependencies: { 'slm-audit': 'workspace:^' }
    }
    const { said } = check({
      'packages/adapters/x/src/index.ts': 'export const a = 1\n',
      'packages/adapters/x/package.json': JSON.stringify(manifest)
    })
    expect(said).toContain('src/index.ts:1: an exported symbol needs its contract in TSDoc')
    expect(said).toContain(
      'packages/adapters/x/package.json: depends on slm-audit; below it are only @slm-audit/core'
    )
  })

  it('wants a sentence for each member of an interface that a package exports, through whatever files', () => {
    const { status, said } = check({
      'packages/exporters/tape/package.json': JSON.stringify({
        name: '@slm-audit/tape',
        exports: { '.': './src/index.ts' }
      }),
      'packages/exporters/tape/src/index.ts': "export { type Reel as Tape } from './tape.ts'\n",
      'packages/exporters/tape/src/tape.ts':
        `${DOC}export interface Reel {\n  /** In metres. */\n  readonly length: number\n  readonly width: number\n}\n` +
        `${DOC}export interface Inner {\n  readonly width: number\n}\n`
    })
    expect(said).toBe(
      'packages/exporters/tape/src/tape.ts:5: a member of an exported interface needs a sentence: add TSDoc\n'
    )
    expect(status).toBe(1)
  })
})
