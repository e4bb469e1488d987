import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, expect, test } from 'vitest'
import { writeCorpus } from '../../../../bench/corpus/write-corpus.ts'

const program = new URL('../../src/cli.ts', import.meta.url).pathname
const shop = join(mkdtempSync(join(tmpdir(), 'slm-audit-interrupted-')), 'shop.db')

beforeAll(() => {
  writeCorpus(shop, { calls: 4_000, until: Date.UTC(2026, 5, 30) })
})

/** Runs a command in a folder with a log, and ends it by a signal as soon as a condition holds there. */
async function ended(
  args: readonly string[],
  isTime: (folder: string) => boolean,
  signal: NodeJS.Signals = 'SIGTERM'
) {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-interrupted-'))
  const file = join(folder, 'shop.db')
  copyFileSync(shop, file)
  const child = spawn(process.execPath, [program, ...args, '--file', file], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const said = text(child.stderr)
  await expect.poll(() => isTime(folder), { timeout: 50_000, interval: 5 }).toBe(true)
  child.kill(signal)
  const [code] = await once(child, 'close')
  return { code, said: await said, folder }
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'an export that is ended by %s leaves nothing half written, and says so',
  { timeout: 60_000 },
  async (signal) => {
    const drafts = (folder: string) =>
      readdirSync(folder).filter((name) => name.startsWith('calls.jsonl'))
    const args = ['export', '--format', 'jsonl', '--out', 'calls.jsonl']
    const { code, said, folder } = await ended(args, (at) => drafts(at).length === 1, signal)
    expect([code, drafts(folder)]).toEqual([130, []])
    expect(said).toMatch(/interrupted; no file was written/)
  }
)

test.each([
  {
    args: ['incident', 'INC-7', 'since:2026-06-12'],
    begun: 'INC-7/records',
    sentence: /interrupted; the calls are linked, and the bundle in INC-7 is not whole: the same/
  },
  {
    args: ['evidence', '--sample', '10000', '--out', 'pack'],
    begun: 'pack/proofs',
    sentence: /interrupted; no folder was written/
  },
  {
    args: ['segments', '--to', 'days'],
    begun: 'days',
    sentence: /interrupted; \d+ days? written whole; the same command writes the rest/
  }
])(
  'a command that writes many files and is ended says what is there: $args',
  { timeout: 60_000 },
  async ({ args, begun, sentence }) => {
    const { code, said, folder } = await ended(args, (at) => existsSync(join(at, begun)))
    expect(said).toMatch(sentence)
    expect(code).toBe(130)
    expect(existsSync(join(folder, 'INC-7/timeline.html'))).toBe(false)
    expect(existsSync(join(folder, 'pack'))).toBe(false)
  }
)
