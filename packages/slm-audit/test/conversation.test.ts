import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { erase } from '../../journals/sqlite/test/conversations.ts'
import { run as runVerifier } from '../../verify/src/run.ts'
import { cliWithNotes as run } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-conversation-'))
const path = (name: string) => join(folder, name)
const file = path('audit.db')
const program = fileURLToPath(new URL('../../../scripts/crosscheck/outsider.py', import.meta.url))
const hasPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0

async function cli(...args: string[]) {
  const ofLog = args[0] === 'verify-proof' ? [] : ['--file', file]
  return await run(...args, ...ofLog)
}

const said = ['Good morning.', 'My number is 0170-555.', 'Grüße 😀', 'And "quotes".']

beforeAll(async () => {
  await using log = await createAuditLog({ file })
  const messages: object[] = []
  for (const content of said) {
    messages.push({ role: 'user', content })
    const input = { system: 'Be kind: Grüße.', messages: [...messages] }
    await log.withContext({ session: 's' }, () =>
      log.record({ operation: 'chat', provider: 'test', input }, async () => 'an answer')
    )
  }
  await log.close()
  erase(file, '0170-555')
})

async function newestCall(): Promise<string> {
  const { out } = await cli('list', '--jsonl', '--limit', '1')
  return JSON.parse(out.split('\n')[0] ?? '{}').auditId
}

describe('a conversation of which a message was erased', () => {
  test('is shown as far as it is there, and says what is not', async () => {
    const { out } = await cli('show', await newestCall(), '--all')
    expect(out).toContain('Grüße 😀')
    expect(out).toContain('not stored any more: item 2 of input')
    expect(out).not.toContain('0170')
  })

  test('is proved with the salts of its parts, which three programs agree on', async () => {
    writeFileSync(path('policy'), (await cli('key')).out)
    await cli('prove', await newestCall(), '--out', path('proofs'))
    const names = readdirSync(path('proofs'))
    const proof = names.find((name) => name.endsWith('.received.tlog-proof')) ?? ''
    const check = async () =>
      (await cli('verify-proof', path(`proofs/${proof}`), '--policy', path('policy'))).out
    expect(await check()).toMatch(/contents? agrees?, which is all/)
    await cli('export', '--tiles', path('tiles'))
    const verified = runVerifier(['tiles', path('tiles'), '--policy', path('policy')])
    expect(verified).toMatchObject({ exitCode: 0, text: expect.stringMatching(/8 of 8 contents/) })
    if (hasPython)
      expect(python().stdout).toMatch(/^ok records=\d+ checkpoints=1 contents=8 whole=5$/m)
    const contents = path(`proofs/${proof.replace('.tlog-proof', '.contents.jsonl')}`)
    const lines = readFileSync(contents, 'utf8')
    const [, salt = ''] = /"salt":"([^"]+)"/.exec(lines) ?? []
    writeFileSync(contents, lines.replace(salt, Buffer.alloc(32).toString('base64')))
    expect(await check()).toContain('the content input is not what the record commits to')
  })

  test('that was changed in an export is found by all', () => {
    const contents = path('tiles/contents/000.jsonl')
    const lines = readFileSync(contents, 'utf8')
    const part = /"parts":\[\{"salt":"[^"]+","body":"[^"]+"\},/
    writeFileSync(contents, lines.replace(part, '"parts":['))
    const { exitCode, text } = runVerifier(['tiles', path('tiles'), '--policy', path('policy')])
    expect([exitCode, text]).toEqual([1, expect.stringContaining('content mismatch')])
    if (hasPython) expect(python().status).not.toBe(0)
  })

  test('is exported without contents without any part of them', async () => {
    await cli('export', '--format', 'jsonl', '--no-contents', '--out', path('bare.jsonl'))
    const exported = readFileSync(path('bare.jsonl'), 'utf8')
    expect(exported).toContain('"name":"input"')
    expect(exported).not.toMatch(/Good morning|Grüße|"text"|"parts":\[/)
  })
})

function python() {
  return spawnSync('python3', [program, 'tiles', path('tiles')], { encoding: 'utf8' })
}
