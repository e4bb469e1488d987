import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { formatNote, parseCheckpoint, signNote } from '@slm-audit/core/tlog'
import { fileJournal } from '@slm-audit/file'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { run as runVerifier } from '../../../verify/src/run.ts'
import { cliWithNotes as cli } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-outsider-'))
const path = (name: string) => join(folder, name)
const program = fileURLToPath(
  new URL('../../../../scripts/crosscheck/outsider.py', import.meta.url)
)
const hasPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0

/** What the verifier says that was written from the pages alone. */
function outsider(kind: 'tiles' | 'files' | 'export' | 'database', directory: string) {
  const { status, stdout, stderr } = spawnSync('python3', [program, kind, directory])
  return { status, said: `${stdout}${stderr}`.trim().split('\n').at(-1) ?? '' }
}

/** The file that the log in files is open with. */
function newestFile(): string {
  const names = readdirSync(path('files')).filter((name) => /^records.*jsonl$/.test(name))
  return names.sort().at(-1) ?? ''
}

async function threeCalls(log: Awaited<ReturnType<typeof createAuditLog>>): Promise<void> {
  for (const input of ['one', 'Grüße', 'three']) {
    await log.withContext({ session: 's' }, () =>
      log.record(
        { operation: 'chat', provider: 'test', input: [{ role: 'user', content: input }] },
        async () => input
      )
    )
  }
}

async function writeLog(): Promise<void> {
  const log = await createAuditLog({ file: path('audit.db') })
  await threeCalls(log)
  await log.close()
}

/** A log in files whose contents are encrypted by data subject, one of whom was erased. */
async function writeSealedFiles(): Promise<void> {
  const directory = path('sealed')
  writeFileSync(path('contents.keys'), `${'7'.repeat(64)}\n`)
  const contents = { keys: { file: path('contents.keys') } }
  const rotate = { bytes: 2_000 }
  const journal = await fileJournal({ directory, rotate, encryption: { contents } })
  const log = await createAuditLog({ journal })
  for (const user of ['u-7', 'u-8']) await log.withContext({ user }, () => threeCalls(log))
  await log.close()
  const at = ['--file', directory, '--contents-keys', path('contents.keys')]
  await cli('key', 'rotate', ...at)
  await cli('erase', '--user', 'u-7', '--reason', 'asked for', '--file', directory)
  await cli('export', '--format', 'jsonl', '--out', path('sealed.jsonl'), ...at)
  await cli('export', '--tiles', path('sealed-tiles'), ...at)
}

async function writeFiles(): Promise<void> {
  for (let at = 0; at < 3; at++) {
    const rotate = { bytes: 9_000 }
    const journal = await fileJournal({ directory: path('files'), rotate, compression: 'gzip' })
    const log = await createAuditLog({ journal })
    await threeCalls(log)
    await log.close()
  }
}

describe.skipIf(!hasPython)('a verifier that was written from the pages alone', () => {
  beforeAll(async () => {
    await writeLog()
    copyFileSync(path('audit.db.key'), path('old.key'))
    await cli('key', 'rotate', '--file', path('audit.db'))
    await writeLog()
    await cli('export', '--tiles', path('tiles'), '--file', path('audit.db'))
    await writeFiles()
    await writeSealedFiles()
  })

  test('takes an export of a log that has changed its key', () => {
    expect(outsider('tiles', path('tiles'))).toMatchObject({
      status: 0,
      said: expect.stringMatching(/^ok records=\d+ checkpoints=1 contents=12 whole=12$/)
    })
  })

  test('takes a log in files that encrypts by data subject, and what is exported of it', () => {
    const said = (whole: string) => expect.stringMatching(new RegExp(`^ok .*whole=${whole}$`))
    // Of the folder no content can be read, but what the log says of itself.
    expect(outsider('files', path('sealed'))).toMatchObject({ status: 0, said: said('[1-9]') })
    expect(outsider('export', path('sealed.jsonl'))).toMatchObject({
      status: 0,
      said: said('[1-9]\\d')
    })
    expect(outsider('tiles', path('sealed-tiles'))).toMatchObject({
      status: 0,
      said: said('[1-9]\\d')
    })
  })

  test('refuses a checkpoint that the key of before has signed, as ours does', async () => {
    const before = readFileSync(path('tiles/checkpoint'), 'utf8')
    const { text } = parseCheckpoint(before).note
    const old = privateKeySigner(readKeyFile(path('old.key')))
    writeFileSync(
      path('tiles/checkpoint'),
      formatNote({ text, signatures: [await signNote(text, old)] })
    )
    writeFileSync(path('policy'), (await cli('key', '--file', path('audit.db'))).out)
    try {
      expect(outsider('tiles', path('tiles')).said).toContain('not signed by the key that counts')
      expect(runVerifier(['tiles', path('tiles'), '--policy', path('policy')]).exitCode).toBe(1)
    } finally {
      writeFileSync(path('tiles/checkpoint'), before)
    }
  })

  test('takes a log in files, with all its checkpoints', () => {
    expect(outsider('files', path('files'))).toMatchObject({
      status: 0,
      said: expect.stringMatching(/^ok records=\d+ checkpoints=[3-9] contents=18 whole=18$/)
    })
  })

  test('takes a database of which what is old is compressed, as `slm-audit compact` leaves it', async () => {
    const file = path('cold.db')
    const log = await createAuditLog({ file })
    for (let each = 0; each < 8; each++) await threeCalls(log)
    await log.close()
    const before = outsider('database', file)
    expect(before.said).toMatch(/^ok records=\d+ checkpoints=1 contents=48 whole=48$/)
    const compact = ['compact', '--file', file, '--older-than']
    expect((await cli(...compact, '30d')).out).toMatch(/^Nothing is old enough/)
    expect((await cli(...compact, '0d', '--dry-run')).out).toMatch(/^48 headers and .* would be/)
    expect((await cli(...compact, '0d')).out).toMatch(/^✓ 48 headers and \d\d contents: .* are \d/)
    expect(outsider('database', file)).toEqual(before)
    expect(await cli(...compact, '30')).toMatchObject({
      code: 2,
      out: expect.stringContaining("--older-than: cannot read '30' as an age")
    })
    const database = new DatabaseSync(file)
    database.exec(`DROP TRIGGER blocks_no_update;
      UPDATE blocks SET rows = (SELECT rows FROM blocks WHERE of = 'contents') WHERE of = 'records'`)
    database.close()
    expect(outsider('database', file).status).toBe(1)
  })

  test('takes the database of the log, and its export in one file', async () => {
    await cli('export', '--format', 'jsonl', '--out', path('log.jsonl'), '--file', path('audit.db'))
    const all = /^ok records=(\d+) checkpoints=[2-9] contents=12 whole=12$/
    const said = [
      outsider('database', path('audit.db')).said,
      outsider('export', path('log.jsonl')).said
    ]
    expect(said).toEqual([expect.stringMatching(all), said[0]])
  })

  test.each([
    [`UPDATE records SET header = replace(header, '"test"', '"tess"')`, 'another tile'],
    ["UPDATE parts SET body = CAST('{}' AS BLOB) WHERE id = 1", 'another commitment'],
    ['UPDATE tiles SET hashes = zeroblob(length(hashes))', 'another tile'],
    ['DELETE FROM records WHERE idx = 3', 'a record in another place']
  ])('finds in a database what %s has done', (sql, said) => {
    copyFileSync(path('audit.db'), path('changed.db'))
    const database = new DatabaseSync(path('changed.db'))
    const triggers = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()
    for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`)
    database.exec(sql)
    database.close()
    expect(outsider('database', path('changed.db')).said).toContain(said)
  })

  test.each([
    [
      'a changed text',
      /"text":"[^"]*Grüße/,
      '"text":"[{\\"role\\":\\"user\\",\\"content\\":\\"Grusse',
      'another commitment'
    ],
    ['a changed header', '"provider":"test"', '"provider":"tess"', 'another leaf'],
    ['a line that is not there', /^.*\n/, '', 'another index']
  ])('finds %s in a log in files', (_, found, put, said) => {
    const name = newestFile()
    const before = readFileSync(path(`files/${name}`), 'utf8')
    writeFileSync(path(`files/${name}`), before.replace(found, put))
    try {
      expect(outsider('files', path('files')).said).toContain(said)
    } finally {
      writeFileSync(path(`files/${name}`), before)
    }
  })
})
