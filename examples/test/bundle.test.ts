import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build, type Plugin } from 'esbuild'
import { openReader } from 'slm-audit'
import { afterAll, expect, test } from 'vitest'

const run = promisify(execFile)
const example = new URL('../openai-stream/', import.meta.url).pathname
// Where the example's packages are found, and nothing is committed.
const folder = join(example, 'node_modules', '.bundles')
const application = `
  import { openaiChat } from '@slm-audit/openai'
  import { createAuditLog } from 'slm-audit'
  await using log = await createAuditLog({ file: process.argv[2] })
  for (let count = 0; count < 3; count++) {
    log.record({ operation: 'chat', provider: openaiChat.name }, () => count)
  }
`
const opened = createRequire(
  new URL('../../packages/journals/sqlite/package.json', import.meta.url)
)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Bundles the application into one file and runs it; returns its log and what it said. */
async function runBundle(name: string, options: { external?: string[]; plugins?: Plugin[] }) {
  mkdirSync(folder, { recursive: true })
  const outfile = join(folder, `${name}.mjs`)
  const shape = { bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' } as const
  await build({
    ...shape,
    ...options,
    outfile,
    stdin: { contents: application, resolveDir: example }
  })
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-bundle-')), 'audit.db')
  const failure = await run(process.execPath, [outfile, file]).then(
    () => undefined,
    ({ stderr }: { stderr: string }) => stderr
  )
  return { file, failure }
}

test('an application in one file keeps its log when slm-audit is left out of it', async () => {
  const { file, failure } = await runBundle('left-out', { external: ['slm-audit'] })
  expect(failure).toBeUndefined()
  await using reader = await openReader(file)
  expect((await reader.query({ provider: 'openai.chat' })).items).toHaveLength(3)
})

test('one with everything in it is told what to leave out', async () => {
  const path = opened.resolve('better-sqlite3')
  const leaveOut: Plugin = {
    name: 'native modules',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^better-sqlite3$/ }, () => ({ path, external: true }))
    }
  }
  const { failure } = await runBundle('all-in', { plugins: [leaveOut] })
  expect(failure).toContain('journal_unavailable')
  expect(failure).toContain('docs/guide/bundlers.md')
})
