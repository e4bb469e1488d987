import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { writeCorpus } from '../../../../bench/corpus/write-corpus.ts'

const program = new URL('../../src/cli.ts', import.meta.url).pathname

test.each(['SIGINT', 'SIGTERM'] as const)(
  'an export that is ended by %s leaves nothing half written, and says so',
  { timeout: 60_000 },
  async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'slm-audit-interrupted-'))
    const file = join(folder, 'shop.db')
    writeCorpus(file, { calls: 4_000, until: Date.UTC(2026, 5, 30) })
    const out = join(folder, 'calls.jsonl')
    const args = ['export', '--format', 'jsonl', '--file', file, '--out', out]
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said = text(child.stderr)
    const drafts = () => readdirSync(folder).filter((name) => name.startsWith('calls.jsonl'))
    await expect.poll(drafts, { timeout: 50_000, interval: 5 }).toHaveLength(1)
    child.kill(signal)
    const [code] = await once(child, 'close')
    expect([code, drafts()]).toEqual([130, []])
    expect(await said).toMatch(/interrupted; no file was written/)
  }
)
