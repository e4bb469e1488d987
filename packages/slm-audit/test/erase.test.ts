import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createAuditLog as createLog } from '@slm-audit/core'
import { defineExporter } from '@slm-audit/core/exporter'
import { fileJournal } from '@slm-audit/file'
import { sqliteExporter } from '@slm-audit/sqlite'
import { createAuditLog } from 'slm-audit'
import { beforeEach, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

let file = ''

beforeEach(async () => {
  file = join(mkdtempSync(join(tmpdir(), 'slm-audit-erase-')), 'audit.db')
  await using log = await createAuditLog({ file, service: 'bot' })
  for (const user of ['ann', 'bob']) {
    await log.withContext({ user, session: `of ${user}` }, async () => {
      const input = [{ role: 'user', content: `${user} has a secret` }]
      const request = { operation: 'chat', provider: 'test', model: 'm', input }
      await log.record(request, async () => `${user}, keep it`)
    })
  }
})

describe('slm-audit erase', () => {
  test('says what would be erased, then erases it, then finds it erased', async () => {
    const args = ['--user', 'ann', '--file', file]
    const rehearsed = await cli('erase', ...args, '--dry-run')
    expect(rehearsed.out).toMatch(/^\d contents and \d+ bytes of 1 call would be erased\n/)
    expect((await cli('search', 'secret', '--file', file, '--jsonl')).out.split('\n')).toHaveLength(
      2
    )
    const done = await cli('erase', ...args, '--reason', 'asked for by letter')
    expect(done).toMatchObject({ code: 0, error: '' })
    expect(done.out).toMatch(/^✓ \d contents and \d+ bytes of 1 call erased\n/)
    const found = (await cli('search', 'secret', '--file', file, '--jsonl')).out
    expect(found).toMatch(/bob has a/)
    expect(found).not.toMatch(/ann/)
    expect((await cli('erase', ...args)).out).toBe('All of it is erased already.')
  })

  test('says of each exporter what its other end does', async () => {
    const copy = sqliteExporter({ file: `${file}-copy` })
    const own = defineExporter({ name: 'own', export: async () => undefined })
    await using log = await createAuditLog({ file, service: 'bot', exporters: [copy, own] })
    await log.close()
    const { out } = await cli('erase', '--user', 'ann', '--file', file, '--dry-run')
    expect(out).toMatch(/sqlite erases the same from its copy/)
    expect(out).toMatch(/own is given the record; what its other end does/)
    const said = await cli('erase', '--user', 'ann', '--file', file, '--json')
    expect(JSON.parse(said.out)).toMatchObject({ sinks: [{ name: 'own' }, { name: 'sqlite' }] })
  })

  test('leaves a log that verifies, and says how much is gone', async () => {
    await cli('erase', '--session', 'of ann', '--file', file)
    const { code, out } = await cli('verify', '--file', file)
    expect(code).toBe(0)
    expect(out).toMatch(/\d contents erased or expired/)
    expect(out).not.toMatch(/no longer stored|not signed/)
  })

  test.each([
    ['--record', 'last'],
    ['--query', 'bob secret'],
    ['--user', 'bob', '--model', 'm']
  ])('takes %s %s', async (...args) => {
    expect((await cli('erase', ...args, '--file', file)).out).toMatch(/of 1 call erased/)
    const shown = await cli('show', 'last', '--file', file)
    expect(shown.out).not.toMatch(/secret|keep it/)
    expect((await cli('search', 'secret', '--file', file, '--jsonl')).out).toMatch(/ann/)
  })

  test.each([
    ['--user', 'bob'],
    ['--session', 'of bob'],
    ['--record', 'last'],
    ['--query', 'bob secret']
  ])('%s %s takes what was said of the calls outside of any context', async (...choice) => {
    const { auditId } = JSON.parse((await cli('show', 'last', '--file', file, '--json')).out)
    await using log = await createAuditLog({ file, service: 'review' })
    log.annotate(auditId, { note: 'a promise was broken', feedback: 'down' })
    await log.close()
    const promised = () =>
      readdirSync(dirname(file)).filter((name) =>
        readFileSync(join(dirname(file), name)).includes('a promise')
      )
    expect(promised()).not.toEqual([])
    const done = await cli('erase', ...choice, '--file', file, '--reason', 'asked for')
    expect(done.out).toMatch(/of 1 call erased/)
    expect(promised()).toEqual([])
    expect((await cli('show', 'last', '--file', file)).out).toMatch(
      /feedback down · note \(not here\)\n/
    )
    const again = ['--note', 'closed by letter', '--by', 'officer', '--file', file]
    expect(await cli('annotate', 'last', ...again)).toMatchObject({ code: 0, error: '' })
    expect((await cli('show', 'last', '--file', file)).out).toMatch(/closed by letter/)
    expect((await cli('verify', '--file', file)).code).toBe(0)
  })

  test.each([
    [[], /erase takes --user, --session, --record, --query/],
    [['--record', '999'], /there is no call 999/],
    [['--record', 'last', '--user', 'ann'], /leave the other choices out/]
  ])('refuses %j', async (args, message) => {
    const { code, error } = await cli('erase', ...args, '--file', file)
    expect(code).toBe(2)
    expect(error).toMatch(message)
  })

  test('says that nothing matches', async () => {
    const { code, out } = await cli('erase', '--user', 'nobody', '--file', file)
    expect({ code, out }).toEqual({ code: 0, out: 'No call matches; nothing is erased.' })
  })
})

describe('slm-audit hold', () => {
  const said = ['--reason', 'claim 12', '--as', 'counsel']

  test('keeps calls from erasure, says so, and lets them go', async () => {
    const added = await cli(
      'hold',
      'add',
      '--incident',
      'INC-7',
      '--user',
      'ann',
      ...said,
      '-f',
      file
    )
    expect(added).toMatchObject({ code: 0, out: '✓ INC-7 holds its user' })
    const listed = await cli('hold', 'list', '--file', file)
    expect(listed.out).toMatch(/INC-7 +user ann .* counsel +claim 12/)
    const erased = await cli('erase', '--user', 'ann', '--file', file)
    expect(erased.out).toMatch(/^Nothing is erased.\n.*2 records held for INC-7 stay/s)
    const released = await cli('hold', 'release', 'INC-7', ...said, '--file', file)
    expect(released.out).toBe('✓ 1 hold of INC-7 released')
    expect((await cli('erase', '--user', 'ann', '--file', file)).out).toMatch(/of 1 call erased/)
    expect((await cli('hold', 'release', 'INC-7', ...said, '--file', file)).code).toBe(2)
  })

  test('takes a query in the language of filters', async () => {
    const query = ['--query', 'secret user:b*']
    const added = await cli('hold', 'add', '--incident', 'I', ...query, ...said, '--file', file)
    expect(added.out).toBe('✓ I holds 1 call')
    expect((await cli('hold', 'list', '--file', file)).out).toMatch(/1 call by query/)
    const none = ['--query', 'user:nobody model:m', ...said, '--file', file]
    expect((await cli('hold', 'add', '--incident', 'I', ...none)).error).toMatch(/no call matches/)
  })
})

describe('a log in files', () => {
  test('is erased and held by the same commands', async () => {
    const directory = join(mkdtempSync(join(tmpdir(), 'slm-audit-erase-')), 'log')
    const log = await createLog({ journal: await fileJournal({ directory }), service: 'bot' })
    for (const user of ['ann', 'bob']) {
      await log.withContext({ user }, async () => {
        const request = { operation: 'chat', provider: 'test', model: 'm', input: `${user} asks` }
        await log.record(request, async () => `${user}, a secret`)
      })
    }
    await log.close()
    const said = ['--reason', 'claim 12', '--file', directory]
    const held = await cli('hold', 'add', '--incident', 'INC-7', '--user', 'ann', ...said)
    expect(held).toMatchObject({ code: 0, out: '✓ INC-7 holds its user' })
    expect((await cli('hold', 'list', '--file', directory)).out).toMatch(/INC-7 +user ann/)
    const kept = await cli('erase', '--query', 'secret', ...said)
    expect(kept.out).toMatch(/of 1 call erased\n.*2 records held for INC-7 stay/s)
    expect((await cli('hold', 'release', 'INC-7', ...said)).code).toBe(0)
    const rehearsed = await cli('erase', '--user', 'ann', ...said, '--dry-run')
    expect(rehearsed.out).toMatch(/^\d contents and \d+ bytes of 1 call would be erased\n/)
    const done = await cli('erase', '--user', 'ann', ...said)
    expect(done).toMatchObject({ code: 0, error: '' })
    expect((await cli('search', 'secret', '--file', directory, '--jsonl')).out).toBe('')
    const { code, out } = await cli('verify', '--file', directory)
    expect(code).toBe(0)
    expect(out).toMatch(/\d contents erased or expired/)
    expect(out).not.toMatch(/no longer stored|not signed/)
  })
})
