import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { run as runVerifier } from '../../../verify/src/run.ts'
import { sampleOf } from '../../src/export/evidence/write-evidence.ts'
import { cli } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-evidence-'))
const file = join(folder, 'audit.db')
const pack = join(folder, 'pack')
const read = (name: string) => readFileSync(join(pack, name), 'utf8')
const SECRET = 'what only the user knows'

beforeAll(async () => {
  const policy = { rules: [{ name: 'all', level: 'RequestResponse' }] } as const
  const log = await createAuditLog({
    file,
    policy,
    service: 'bot',
    version: '1.0',
    readAudit: true
  })
  for (let at = 0; at < 30; at++) {
    await log.withContext({ user: `u-${at % 3}`, session: `s-${at}` }, () =>
      log
        .record({ operation: 'chat', provider: 'p', input: SECRET }, async () => {
          if (at === 7) throw new RangeError('no')
          return '<script>alert(1)</script>'
        })
        .catch(() => undefined)
    )
  }
  await log.close()
  await cli(
    'erase',
    '--user',
    'u-1',
    '--reason',
    'asked <b>for</b>',
    '--as',
    'officer',
    '--file',
    file
  )
  await cli(
    'hold',
    'add',
    '--incident',
    'INC-7',
    '--user',
    'u-2',
    '--reason',
    'claim',
    '--file',
    file
  )
  await cli('show', 'last', '--as', 'ann', '--file', file)
  const made = await cli('evidence', '-o', pack, '--sample', '5', '--as', 'auditor', '--file', file)
  expect(made).toMatchObject({ code: 0, out: expect.stringContaining('30 calls, 10 proofs') })
})

describe('an evidence pack', () => {
  test('shows controls, coverage, failures, keys, erasures, holds and accesses', () => {
    const found = JSON.parse(read('evidence.json'))
    expect(found).toMatchObject({
      ...{ calls: 30, ended: 30, errors: 1, readsAudited: true, versions: ['bot 1.0'] },
      rules: [{ rule: 'all', level: 'RequestResponse', received: 30, ended: 30 }],
      keys: [{ says: expect.stringContaining('key.added') }],
      holds: [{ says: expect.stringMatching(/INC-7.*reason claim/) }],
      report: { verdict: 'unanchored' }
    })
    expect(found.policies).toHaveLength(1)
    expect(found.erasures[0].says).toMatch(/by officer · reason asked <b>for<\/b>/)
    expect(JSON.stringify(found.accesses)).toMatch(/by ann.*by auditor/)
    expect(found.controls.map(({ control }: { control: string }) => control)).toContain(
      'AI Act, Art. 12(1), 12(2)'
    )
    expect(found.dates).toMatch(/2 December 2027.*2 August 2028/)
  })

  test('has a page of its own, in which nothing is markup that stood in the log, and nothing that was said', () => {
    const page = read('evidence.html')
    for (const part of [
      'Controls',
      'Coverage',
      'Gaps',
      'Holds',
      'Erasures',
      'Accesses',
      'RangeError'
    ]) {
      expect(page).toContain(part)
    }
    expect(page).toContain('asked &lt;b&gt;for')
    expect(page).not.toMatch(/https?:|<script|compliant/)
    for (const name of readdirSync(pack, { recursive: true, encoding: 'utf8' })) {
      if (!/proofs$/.test(name)) expect(read(name)).not.toContain(SECRET)
    }
  })

  test('is checked by the verifier, and by openssl as its README says', () => {
    const proofs = readdirSync(join(pack, 'proofs')).filter((name) => name.endsWith('.tlog-proof'))
    expect(proofs).toHaveLength(10)
    for (const name of proofs) {
      const record = join(pack, 'proofs', name.replace('.tlog-proof', '.json'))
      const args = [
        'proof',
        join(pack, 'proofs', name),
        '--record',
        record,
        '--policy',
        join(pack, 'policy.txt')
      ]
      expect(runVerifier(args).exitCode).toBe(0)
    }
    if (spawnSync('openssl', ['version']).error) return
    const key = /^log (\S+)$/m.exec(read('policy.txt'))?.[1] ?? ''
    const script = fileURLToPath(
      new URL('../../../../scripts/crosscheck/signature.sh', import.meta.url)
    )
    const out = execFileSync(script, [join(pack, 'checkpoint.txt'), key], { encoding: 'utf8' })
    expect(out).toContain('Signature Verified Successfully')
  })

  test('names commands that show each control where they are run as they stand', async () => {
    const { controls } = JSON.parse(read('evidence.json'))
    const before = process.cwd()
    process.chdir(pack)
    vi.stubEnv('SLM_AUDIT_FILE', file)
    try {
      for (const { control, command } of controls as { control: string; command: string }[]) {
        const [program, ...args] = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
          ([, quoted, word]) => quoted ?? word ?? ''
        )
        expect(program).toBe('slm-audit')
        const { code, error } = await cli(...args)
        expect({ control, code, error }).toMatchObject({ control, code: 0 })
      }
    } finally {
      process.chdir(before)
      vi.unstubAllEnvs()
    }
    expect(read('evidence.html')).toContain('<code><span>slm-audit</span> <span>stats</span>')
  })

  test('says which policy began when, and is made without whole contents as well', async () => {
    const other = join(folder, 'without')
    const made = await cli('evidence', '-o', other, '--view', 'none', '--as', 'eve', '--file', file)
    expect(made.code, made.error).toBe(0)
    const found = JSON.parse(readFileSync(join(other, 'evidence.json'), 'utf8'))
    expect(found.changes).toMatchObject([{ says: expect.stringMatching(/^policy.set · digest /) }])
    expect(JSON.stringify(found)).not.toContain('[object')
    expect(found.erasures[0].says).toContain('by officer')
    const accesses = JSON.stringify(found.accesses)
    expect(accesses).toMatch(/view none · by eve/)
  })

  test('is of a period, and not written over another', async () => {
    const other = join(folder, 'none')
    const none = await cli('evidence', '-o', other, '--to', '2020-01-01', '--json', '--file', file)
    expect(JSON.parse(none.out)).toMatchObject({ calls: 0, records: 0, proofs: 0 })
    const again = await cli('evidence', '-o', pack, '--file', file)
    expect(again).toMatchObject({ code: 2, error: expect.stringContaining('is there already') })
  })
})

test('a sample is spread evenly, from the first call to the last', () => {
  const ids = Array.from({ length: 100 }, (_, at) => String(at))
  expect(sampleOf(ids, 5)).toEqual(['0', '25', '50', '74', '99'])
  expect(sampleOf(ids, 1)).toEqual(['0'])
  expect(sampleOf(['0'], 5)).toEqual(['0'])
})
