import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { fileJournal } from '@slm-audit/file'
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { createAuditLog, openReader } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-export-'))
const file = join(folder, 'audit.db')
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  await using log = await createAuditLog({ file, service: 'bot' })
  const request = { operation: 'chat', provider: 'test', model: 'm-1' }
  for (const user of ['ann', '=cmd|calc']) {
    await log.withContext({ user }, () =>
      log.record(
        { ...request, input: [{ role: 'user', content: `Hello, "${user}"\nHow?` }] },
        async () => 'Grüße',
        (output) => ({
          output,
          usage: { inputTokens: 5, outputTokens: 4 },
          logprobs: [{ token: 'G', logprob: -0.5 }]
        })
      )
    )
  }
  await log.record(request, () => Promise.reject(new TypeError('broken'))).catch(() => 0)
})

describe('export --format jsonl and import', () => {
  test('the whole log goes elsewhere: same ids, leaf hashes, checkpoints', async () => {
    const out = at('log.jsonl')
    expect(await cli('export', '--format', 'jsonl', '--out', out, '--file', file)).toMatchObject({
      code: 0,
      error: expect.stringMatching(/the whole log, 7 records, written to .*log\.jsonl/)
    })
    expect(statSync(out).mode & 0o777).toBe(0o600)
    const copy = at('copy.db')
    const imported = await cli('import', out, '--into', copy)
    expect(imported).toMatchObject({ code: 0, error: '' })
    expect(imported.out).toMatch(/7 records verified[\s\S]*7 records, 7 of them new/)
    expect((await cli('import', out, '--into', copy)).out).toMatch(/7 records, 0 of them new/)
    await using one = await openReader(file)
    await using two = await openReader(copy)
    expect(await two.verify()).toEqual(await one.verify())
    expect((await two.query()).items).toEqual((await one.query()).items)
    const again = at('again.jsonl')
    await cli('export', '--format', 'jsonl', '--out', again, '--file', copy)
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(out, 'utf8'))
  })

  test('compressed and encrypted files are read as well', async () => {
    const identity = await generateX25519Identity()
    writeFileSync(at('identity'), `# created: now\n${identity}\n`)
    const encrypter = new Encrypter()
    encrypter.addRecipient(await identityToRecipient(identity))
    await cli('export', '--format', 'jsonl', '--out', at('x.jsonl'), '--file', file)
    const bytes = readFileSync(at('x.jsonl'))
    writeFileSync(at('x.jsonl.gz'), gzipSync(bytes))
    writeFileSync(at('x.jsonl.zst.age'), await encrypter.encrypt(zstdCompressSync(bytes)))
    expect((await cli('import', at('x.jsonl.gz'), '--into', at('gz.db'))).code).toBe(0)
    const secret = [at('x.jsonl.zst.age'), '--into', at('age.db')]
    expect(await cli('import', ...secret)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/give an age identity \(--identity\)/)
    })
    expect((await cli('import', ...secret, '--identity', at('identity'))).code).toBe(0)
    const verified = { code: 0, out: expect.stringMatching(/✓ 7 records verified/) }
    expect(await cli('verify', '--file', at('x.jsonl.gz'))).toMatchObject(verified)
    const [sealed] = secret
    expect(await cli('verify', '--file', `${sealed}`)).toMatchObject({ code: 2 })
    expect(await cli('verify', '--file', `${sealed}`, '--identity', at('identity'))).toMatchObject(
      verified
    )
  })

  test('verify checks an export as it is, and other commands say what to do with it', async () => {
    const out = at('v.jsonl')
    await cli('export', '--format', 'jsonl', '--out', out, '--file', file)
    const text = readFileSync(out, 'utf8')
    expect(await cli('verify', '--file', out)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/✓ 7 records verified/)
    })
    writeFileSync(out, text.replace('Grüße', 'Grusse'))
    expect(await cli('verify', '--file', out)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/✗ record 2: content mismatch/)
    })
    writeFileSync(out, text.slice(0, -1))
    expect(await cli('verify', '--file', out)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/truncated tail/)
    })
    expect(await cli('list', '--file', out)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/is an export; slm-audit verify checks .* import makes/)
    })
    await cli('export', '--format', 'jsonl', '--user', 'ann', '--out', out, '--file', file)
    expect(await cli('verify', '--file', out)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/not a whole log: .* export without a filter/)
    })
  })

  test('a file that was changed, or is not a whole log, is refused and nothing is imported', async () => {
    await cli('export', '--format', 'jsonl', '--out', at('y.jsonl'), '--file', file)
    writeFileSync(at('y.jsonl'), readFileSync(at('y.jsonl'), 'utf8').replace('Grüße', 'Grusse'))
    expect(await cli('import', at('y.jsonl'), '--into', at('y.db'))).toMatchObject({
      code: 1,
      out: expect.stringMatching(/record 2: content mismatch/),
      error: 'nothing was imported'
    })
    expect(readdirSync(folder)).not.toContain('y.db')
    await cli(
      'export',
      '--format',
      'jsonl',
      '--user',
      'ann',
      '--out',
      at('ann.jsonl'),
      '--file',
      file
    )
    expect(await cli('import', at('ann.jsonl'), '--into', at('y.db'))).toMatchObject({
      code: 2,
      error: expect.stringMatching(/not a whole log: record 1 stands where 0 belongs/)
    })
  })

  test('a directory of the file journal is verified, listed and imported; commands that need a database say so', async () => {
    const directory = at('files')
    const log = await createAuditLog({ journal: await fileJournal({ directory }) })
    await log.record({ operation: 'chat', provider: 'test' }, async () => 1)
    await log.close()
    expect((await cli('verify', '--file', directory)).out).toMatch(/✓ 3 records verified/)
    expect(await cli('list', '--file', directory)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/chat/)
    })
    expect(await cli('reindex', '--file', directory)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/is a directory; slm-audit verify checks .* import makes/)
    })
    expect((await cli('import', directory, '--into', at('files.db'))).code).toBe(0)
    const other = await cli('import', at('log.jsonl'), '--into', at('files.db'))
    expect(other).toMatchObject({ code: 2, error: expect.stringMatching(/import into another/) })
  })
})

describe('export of calls', () => {
  test.each([
    [['--format', 'csv', '--redact', '/nowhere'], /--redact \/nowhere: ENOENT/],
    [['--format', 'jsonl', '--redact', 'x'], /jsonl holds what was sealed/],
    [['--format', 'parquet'], /parquet needs a file; name it with --out/],
    [['--format', 'xml'], /--format cannot be 'xml'. It takes one of jsonl, csv, parquet/],
    [[], /export takes --format or --tiles/],
    [['--format', 'csv', '--limit', '0'], /whole number from 1/],
    [['--format', 'alpaca', '--stage', 'error'], /takes complete calls only/]
  ])('%j is explained', async (args, message) => {
    const { code, error } = await cli('export', '--file', file, ...args)
    expect([code, error]).toEqual([2, expect.stringMatching(message)])
  })

  test('csv quotes by RFC 4180, and no text is a formula', async () => {
    const { out, code } = await cli('export', '--format', 'csv', '--file', file)
    expect(code).toBe(0)
    expect(out.split('\r\n')[0]).toMatch(/^audit_id,kind,stage,received_at,/)
    expect(out).toContain(`,"'=cmd|calc",`)
    expect(out).toContain('"Hello, ""ann""\nHow?","Grüße"')
    expect(out).toContain(',-0.5,')
    const { out: found } = await cli(
      'export',
      '--format',
      'csv',
      '--query',
      'ann',
      '--no-contents',
      '--file',
      file
    )
    expect(found.split('\r\n')).toHaveLength(2)
    expect(found).not.toMatch(/Grüße|,output,/)
  })

  const hasPython = spawnSync('python3', ['--version']).error === undefined
  const title = 'csv is read by another implementation, field by field'
  test.skipIf(!hasPython)(
    hasPython ? title : `NOT cross-checked, there is no python3: ${title}`,
    async () => {
      const out = at('calls.csv')
      await cli('export', '--format', 'csv', '--out', out, '--file', file)
      const code =
        'import csv,json,sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))))'
      const { stdout } = spawnSync('python3', ['-c', code, out], { encoding: 'utf8' })
      const rows = JSON.parse(stdout)
      expect(rows).toHaveLength(3)
      expect(rows[0]).toMatchObject({ user: 'ann', input_tokens: '5', output: 'Grüße' })
      expect(rows[0].input).toContain('Hello, "ann"\nHow?')
      expect(rows[1].user).toBe("'=cmd|calc")
    }
  )

  test('parquet is read by another implementation, with types and nulls', async () => {
    const out = at('calls.parquet')
    expect((await cli('export', '--format', 'parquet', '--out', out, '--file', file)).code).toBe(0)
    const { readParquet } = await import('parquet-wasm/node')
    const { tableFromIPC } = await import('apache-arrow')
    const table = tableFromIPC(readParquet(readFileSync(out)).intoIPCStream())
    const rows = table.toArray().map((row) => row?.toJSON())
    expect(rows).toHaveLength(3)
    expect(rows[0]).toMatchObject({
      stage: 'complete',
      user: 'ann',
      model: 'm-1',
      input_tokens: 5n,
      mean_logprob: -0.5,
      output: 'Grüße',
      error_type: null
    })
    expect(rows[2]).toMatchObject({ stage: 'error', error_type: 'TypeError', output: null })
    const types = Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, `${type}`]))
    expect(types).toMatchObject({ duration_ms: 'Float64', first_index: 'Int64', user: 'Utf8' })
    expect(types.received_at).toMatch(/^Timestamp<MILLISECOND/)
    await using reader = await openReader(file)
    const newest = (await reader.query()).items.at(0)
    expect(new Date(Number(rows[2]?.received_at)).toISOString()).toBe(newest?.receivedAt)
  })
})

describe('export --format of security tools', () => {
  test.each([
    ['ocsf', '"class_uid":6003'],
    ['ecs', '"ecs":{"version":'],
    ['cloudevents', '"specversion":"1.0"'],
    ['cef', 'CEF:0|slm-audit|']
  ])('%s is a line a record, without contents', async (format, mark) => {
    const { code, out: output } = await cli('export', '--format', format, '--file', file)
    expect(code).toBe(0)
    const lines = output.trimEnd().split('\n')
    expect(lines).toHaveLength(6)
    for (const line of lines) expect(line).toContain(mark)
    expect(output).not.toMatch(/Grüße|Hello|broken/)
  })

  test('there is nothing to redact in them', async () => {
    expect(
      await cli('export', '--format', 'cef', '--redact', at('rules.json'), '--file', file)
    ).toMatchObject({ code: 2, error: expect.stringMatching(/cef holds no contents/) })
  })
})
