import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileJournal } from '@slm-audit/file'
import { createAuditLog, witnessAnchor } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { run as runVerifier } from '../../verify/src/run.ts'
import { cliWithNotes as cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-prove-'))
const file = join(folder, 'audit.db')
const policy = join(folder, 'policy')
const path = (name: string) => join(folder, name)

async function addCalls(count: number, options: Parameters<typeof createAuditLog>[0] = {}) {
  await using log = await createAuditLog({ file, ...options })
  for (let call = 0; call < count; call++) {
    await log.record({ operation: 'chat', provider: 'test', input: `q ${call}` }, async () => 'a')
  }
}

async function someCall(): Promise<string> {
  const { out } = await cli('list', '--jsonl', '--limit', '1', '--file', file)
  return JSON.parse(out.split('\n')[0] ?? '{}').auditId
}

beforeAll(async () => {
  await addCalls(3)
  writeFileSync(policy, (await cli('key', '--file', file)).out)
})

describe('prove and verify-proof', () => {
  test('a proof holds with the policy alone, and both verifiers agree', async () => {
    const auditId = await someCall()
    const out = path('proofs')
    const proved = await cli('prove', auditId, '--out', out, '--file', file)
    expect(proved.code).toBe(0)
    const proofs = readdirSync(out).filter((name) => name.endsWith('.tlog-proof'))
    expect(proofs.sort()).toEqual([
      `${auditId}.complete.tlog-proof`,
      `${auditId}.received.tlog-proof`
    ])
    for (const proof of proofs) {
      const verified = await cli('verify-proof', join(out, proof), '--policy', policy)
      expect(verified).toMatchObject({
        code: 0,
        out: expect.stringContaining('signed by the log alone')
      })
      const record = join(out, proof.replace('.tlog-proof', '.json'))
      const args = ['proof', join(out, proof), '--record', record, '--policy', policy]
      expect(runVerifier(args).exitCode).toBe(0)
    }
    const proof = join(out, `${auditId}.received.tlog-proof`)
    const contents = join(out, `${auditId}.received.contents.jsonl`)
    writeFileSync(
      contents,
      readFileSync(contents, 'utf8').replace('"name":"input"', '"name":"outpu"')
    )
    expect(await cli('verify-proof', proof, '--policy', policy)).toMatchObject({
      code: 1,
      out: expect.stringContaining('the content outpu is not what the record commits to')
    })
    writeFileSync(contents, 'half a li')
    expect(await cli('verify-proof', proof, '--policy', policy)).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /contents\.jsonl, line 1, is not a content with index, .* take the file as prove wrote it/
      )
    })
    const half = path('half.json')
    writeFileSync(half, '{"at":')
    expect(await cli('verify-proof', proof, '--record', half, '--policy', policy)).toMatchObject({
      code: 1,
      out: expect.stringContaining('is not what the log has')
    })
    const other = join(out, `${auditId}.complete.json`)
    expect((await cli('verify-proof', proof, '--record', other, '--policy', policy)).code).toBe(1)
  })

  test('contents are counted against the record', async () => {
    const file = path('counted.db')
    const log = await createAuditLog({ file })
    await log.record(
      { operation: 'chat', provider: 'test' },
      async () => 'a',
      () => ({ output: 'a', logprobs: [{ token: 'a', logprob: -1 }] })
    )
    await log.close()
    const own = path('counted.policy')
    writeFileSync(own, (await cli('key', '--file', file)).out)
    const { auditId } = JSON.parse((await cli('list', '--jsonl', '--file', file)).out)
    const out = path('counted')
    await cli('prove', auditId, '--out', out, '--file', file)
    const base = join(out, `${auditId}.complete`)
    const check = () => cli('verify-proof', `${base}.tlog-proof`, '--policy', own)
    const contents = `${base}.contents.jsonl`
    const [first = '', second = ''] = readFileSync(contents, 'utf8').split('\n')
    expect((await check()).out).toContain('2 contents agree, which is all')
    writeFileSync(contents, `${first}\n`)
    expect((await check()).out).toContain('1 content agrees, 1 more is not here')
    rmSync(contents)
    expect((await check()).out).toContain('none of its 2 contents is here')
    writeFileSync(contents, `${first}\n${second}\n${first}\n`)
    expect(await check()).toMatchObject({
      code: 1,
      out: expect.stringMatching(/the content \w+ is there twice/)
    })
  })

  test('what cannot be read is said, with exit code 2', async () => {
    expect((await cli('verify-proof', '/nowhere.tlog-proof', '--policy', policy)).code).toBe(2)
    expect((await cli('verify-proof', 'x')).out).toMatch(/--policy/)
    expect((await cli('prove', 'ffff', '--file', file)).code).toBe(2)
  })
})

describe('export --tiles', () => {
  test('is verified by the standalone verifier; contents can be left out', async () => {
    const directory = path('tiles')
    const { code, out } = await cli('export', '--tiles', directory, '--file', file)
    expect([code, out]).toEqual([0, expect.stringContaining('7 records')])
    expect(runVerifier(['tiles', directory, '--policy', policy]).text).toMatch(
      /VERIFIED: 7 records .*\n {2}6 of 6 contents/
    )
    await cli('export', '--tiles', path('bare'), '--no-contents', '--file', file)
    expect(existsSync(join(path('bare'), 'contents'))).toBe(false)
  })
})

describe('verify', () => {
  test('--save, then --since and --against: only what is new, and what was must still be', async () => {
    const kept = path('kept.checkpoint')
    const first = await cli('verify', '--since', kept, '--save', kept, '--file', file)
    expect(first.out).toMatch(/✓ 7 records verified/)
    expect(first.out).toContain(`there is no checkpoint at ${kept} yet, so all records are checked`)
    await addCalls(1)
    const second = await cli('verify', '--since', kept, '--file', file)
    expect(second.out).toMatch(/✓ 2 records from 7 on verified/)
    expect(second.out).toMatch(/the first 7 records agree with the checkpoint that was kept/)
    const later = await cli('verify', '--since', '99', '--file', file)
    expect(later).toMatchObject({ code: 1, out: expect.stringMatching(/the log once had 99/) })
    for (const line of later.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const against = await cli('verify', '--against', kept, '--strict', '--file', file)
    expect(against).toMatchObject({
      code: 0,
      out: expect.stringContaining('the first 7 records agree')
    })
    expect((await cli('verify', '--against', policy, '--file', file)).out).toMatch(
      /anchored: [\s\S]* key of the\s+policy/
    )
    const elsewhere = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')
    await using other = await createAuditLog({ file: elsewhere })
    await other.close()
    const rewritten = await cli('verify', '--against', kept, '--file', elsewhere)
    expect(rewritten).toMatchObject({ code: 1, out: expect.stringContaining('rewritten history') })
  })

  test('--strict exits 3 when nothing outside vouches for the log, --json is one object', async () => {
    expect((await cli('verify', '--strict', '--file', file)).code).toBe(3)
    const { out } = await cli('verify', '--json', '--file', file)
    expect(JSON.parse(out)).toMatchObject({ checked: 9, unsigned: 0, openCalls: 0 })
    expect((await cli('verify', '--against', '/nowhere', '--file', file)).code).toBe(2)
  })
})

describe('key rotate', () => {
  test('records the change; old policies believe the past, the new line the present', async () => {
    const { code, out } = await cli('key', 'rotate', '--file', file)
    expect(code).toBe(0)
    expect((await cli('verify', '--file', file)).out).toMatch(/✓ 10 records verified/)
    await addCalls(1)
    expect((await cli('verify', '--against', policy, '--file', file)).code).toBe(1)
    writeFileSync(policy, `${out.split('\n')[0]}\nquorum none\n`)
    expect((await cli('verify', '--against', policy, '--file', file)).code).toBe(0)
  })

  test('changes the key of a log in files as well', async () => {
    const directory = path('files')
    const journal = await fileJournal({ directory })
    const log = await createAuditLog({ journal })
    await log.record({ operation: 'chat', provider: 'test' }, async () => 'aye')
    await log.close()
    const { code, out } = await cli('key', 'rotate', '--file', directory)
    expect(code).toBe(0)
    const keys = (await cli('key', '--file', directory)).out.match(/(?<=^log )\S+/gm) ?? []
    expect(keys).toHaveLength(2)
    expect(out).toContain(keys[1])
    expect((await cli('verify', '--file', directory)).code).toBe(0)
  })
})

describe('witness serve', () => {
  test('cosigns the log from another process, also after a restart', async () => {
    const [, vkey = ''] = readFileSync(policy, 'utf8').split(/\s/)
    // The key was changed: the log's keys are given as `slm-audit key | sed -n 's/^log //p'` prints them.
    const keys = (await cli('key', '--file', file)).out.match(/(?<=^log )\S+/gm) ?? []
    expect(keys).toHaveLength(2)
    const directory = path('witness')
    let lines = ''
    for (let time = 0; time < 2; time++) {
      const { child, line } = await startWitness(directory, keys.join('\n'))
      const [, name, key = '', url = ''] = line.split(' ')
      lines = `log ${vkey}\nwitness w ${key}\nquorum w\n`
      expect(name).toBe('example.com/witness')
      await addCalls(1, { anchors: [witnessAnchor(url, key)] })
      child.kill()
      await once(child, 'exit')
    }
    rmSync(join(directory, 'witness.db'))
    const args = ['--name', 'example.com/witness', '--log', vkey, '--directory', directory]
    expect(await cli('witness', 'serve', ...args)).toMatchObject({
      code: 2,
      out: expect.stringMatching(
        /holds the key of a witness without its memory.*put .*witness\.db back/
      )
    })
    const witnessed = path('witnessed')
    writeFileSync(witnessed, lines)
    const { code, out } = await cli('verify', '--against', witnessed, '--file', file)
    expect([code, out]).toEqual([0, expect.stringMatching(/witnessed by 1 of 1 organisation/)])
  })
})

async function startWitness(directory: string, vkey: string) {
  const program = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
  const options = ['--name', 'example.com/witness', '--log', vkey, '--directory', directory]
  const child: ChildProcess = spawn(
    process.execPath,
    [program, 'witness', 'serve', '--port', '0', ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] }
  )
  if (!child.stdout) throw new Error('the witness has no output')
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { child, line: String(line).trim() }
}
